¬¢A
alphaAlpha
Alpha Labs (2
api.alpha.example:list@1@çŸl
zetaZeta	Zeta Labs (2
hub.example 2
log.ZETA.example2
zeta.example:list@1:list@2@¬¢