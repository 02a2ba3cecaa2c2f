set(x	1) 
