//go:build !(amd64 || arm64)

package brx

// prefetch does nothing here; a lookup reads its places one after the other.
func prefetch(*byte, uintptr, uintptr, uintptr) {}
