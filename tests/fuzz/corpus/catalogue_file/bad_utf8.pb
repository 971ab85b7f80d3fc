¬¢A
alphaAlpha
Alpha Labs (2
api.alpha.example:list@1@çŸl
zetaZeta	ÿeta Labs (2
hub.example 2
log.zeta.example2
zeta.example:list@1:list@2@¬¢