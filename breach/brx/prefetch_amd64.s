#include "textflag.h"

// func prefetch(page *byte, unary, remainder, class uintptr)
TEXT ·prefetch(SB), NOSPLIT, $0-32
	MOVQ page+0(FP), AX
	MOVQ unary+8(FP), BX
	MOVQ remainder+16(FP), CX
	MOVQ class+24(FP), DX
	PREFETCHT0 (AX)
	PREFETCHT0 (AX)(BX*1)
	PREFETCHT0 -32(AX)(CX*1)
	PREFETCHT0 32(AX)(CX*1)
	PREFETCHT0 (AX)(DX*1)
	RET
