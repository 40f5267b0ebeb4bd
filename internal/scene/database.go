package scene

import (
	"context"
	"database/sql"
	"fmt"
	"runtime"
	"strings"
	"testing"

	"github.com/gatehouse-id/gatehouse/internal/base/store/storetest"
)

// postgres returns a source of empty databases on PostgreSQL. Making one takes
// longer than most stories, so they are few, and wiped after each story.
func postgres(t *testing.T) func(testing.TB) string {
	t.Helper()
	free := make(chan string, runtime.GOMAXPROCS(0))
	for range cap(free) {
		free <- storetest.Postgres(t)
	}
	return func(t testing.TB) string {
		database := <-free
		t.Cleanup(func() {
			if err := wipe(database); err != nil {
				t.Errorf("wipe %s: %v", database, err)
			}
			free <- database
		})
		return database
	}
}

// wipe empties every table but the list of schema steps.
func wipe(database string) error {
	ctx := context.Background()
	db, err := sql.Open("pgx", database)
	if err != nil {
		return err
	}
	defer db.Close()
	var names string
	err = db.QueryRowContext(ctx, `
		SELECT string_agg(quote_ident(tablename), ' ') FROM pg_tables
		WHERE schemaname = current_schema() AND tablename <> 'schema_step'`).Scan(&names)
	if err != nil {
		return fmt.Errorf("list tables: %w", err)
	}
	// One statement for all; TRUNCATE would make a new file for each table.
	var all strings.Builder
	for name := range strings.FieldsSeq(names) {
		all.WriteString("DELETE FROM " + name + ";")
	}
	_, err = db.ExecContext(ctx, all.String())
	return err
}
