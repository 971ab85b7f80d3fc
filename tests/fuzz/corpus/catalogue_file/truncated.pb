¬¢A
alphaAlpha
Alpha Labs (2