//go:build amd64 || arm64

package brx

// prefetch asks memory for the lines of a page where a lookup will read. The
// processor goes on at once, does not wait for the answer, and cannot fault.
//
//go:noescape
func prefetch(page *byte, unary, remainder, class uintptr)
