//go:build !unix

package storetest

import "testing"

// Postgres skips the test: the server that it starts needs a Unix socket.
func Postgres(t testing.TB) string {
	t.Skip("SKIPPED WITHOUT POSTGRESQL: the tests start a server on Unix alone")
	return ""
}
