#include "textflag.h"

// func prefetch(page *byte, unary, remainder, class uintptr)
TEXT ·prefetch(SB), NOSPLIT, $0-32
	MOVD page+0(FP), R0
	MOVD unary+8(FP), R1
	MOVD remainder+16(FP), R2
	MOVD class+24(FP), R3
	ADD R0, R1, R1
	ADD R0, R2, R2
	ADD R0, R3, R3
	PRFM (R0), PLDL1KEEP
	PRFM (R1), PLDL1KEEP
	ADD $32, R2, R4
	SUB $32, R2, R2
	PRFM (R2), PLDL1KEEP
	PRFM (R4), PLDL1KEEP
	PRFM (R3), PLDL1KEEP
	RET
