package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/gatehouse-id/gatehouse/internal/server"
)

// open opens the configured database without listening.
func (s storageSettings) open(ctx context.Context, src *sources) (*server.Parts, error) {
	return server.Open(ctx, s.server(src))
}

// openExisting is open for commands that want something to be there: a wrong
// folder must not become a new, empty database.
func (s storageSettings) openExisting(ctx context.Context, src *sources) (*server.Parts, error) {
	path, local := filepath.Join(s.Data, "gatehouse.db"), true
	if s.Database != "" {
		path, local = strings.CutPrefix(s.Database, "sqlite:")
		path = strings.TrimPrefix(path, "//")
	}
	if local {
		if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
			return nil, fmt.Errorf("there is no database at %s: give --data or --database as the server has it", path)
		}
	}
	return s.open(ctx, src)
}
