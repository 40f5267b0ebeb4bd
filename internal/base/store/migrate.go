package store

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strconv"
	"strings"
)

//go:embed schema/*.sql
var schema embed.FS

// migration is one numbered step of the schema, applied once, for ever.
type migration struct {
	number int
	name   string
	sql    string
}

func migrations() ([]migration, error) {
	names, err := fs.Glob(schema, "schema/*.sql")
	if err != nil {
		return nil, err
	}
	slices.Sort(names)
	var list []migration
	for i, name := range names {
		text, err := schema.ReadFile(name)
		if err != nil {
			return nil, err
		}
		base := strings.TrimPrefix(name, "schema/")
		digits, _, _ := strings.Cut(base, "_")
		number, err := strconv.Atoi(digits)
		if err != nil || number != i+1 {
			return nil, fmt.Errorf("schema %s: want number %04d", base, i+1)
		}
		list = append(list, migration{number, base, string(text)})
	}
	return list, nil
}

// migrate applies the steps that the database lacks. Nodes that start at once
// take turns: each step is one transaction, and the loser of a race finds it done.
func (s *Store) migrate(ctx context.Context) error {
	steps, err := migrations()
	if err != nil {
		return err
	}
	if err := s.begin(ctx); err != nil {
		return fmt.Errorf("prepare the schema table: %w", err)
	}
	var have int
	err = s.View(ctx, func(tx *Tx) (err error) { have, err = tx.schemaVersion(); return err })
	if err != nil {
		return fmt.Errorf("read the schema version: %w", err)
	}
	if have > len(steps) {
		return fmt.Errorf("the database has schema %d, this program knows %d: it was written by a newer version", have, len(steps))
	}
	for _, step := range steps[have:] {
		if err := s.Update(ctx, func(tx *Tx) error { return tx.apply(step) }); err != nil {
			return fmt.Errorf("apply schema %s: %w", step.name, err)
		}
	}
	return nil
}

// begin makes the table of applied steps; a node that loses the race for it tries once more.
func (s *Store) begin(ctx context.Context) error {
	create := func(tx *Tx) error {
		if err := s.backend.alone(tx.ctx, tx.run); err != nil {
			return err
		}
		return tx.run.once(tx.ctx, `CREATE TABLE IF NOT EXISTS schema_step (number BIGINT NOT NULL PRIMARY KEY, name TEXT NOT NULL)`)
	}
	return s.Update(ctx, create)
}

func (tx *Tx) schemaVersion() (int, error) {
	var have int
	err := tx.one(`SELECT COALESCE(MAX(number), 0) FROM schema_step`, nil, &have)
	return have, err
}

func (tx *Tx) apply(step migration) error {
	if err := tx.store.backend.alone(tx.ctx, tx.run); err != nil {
		return err
	}
	// Inserted before anything is made: a rival that applied the step meanwhile stops us here.
	err := tx.insert(`INSERT INTO schema_step (number, name) VALUES (?, ?) ON CONFLICT DO NOTHING`, step.number, step.name)
	if errors.Is(err, ErrExists) {
		return nil
	}
	if err != nil {
		return err
	}
	for _, statement := range strings.Split(step.sql, ";\n") {
		if statement = strings.TrimSpace(uncomment(statement)); statement == "" {
			continue
		}
		if err := tx.run.once(tx.ctx, tx.store.backend.dialect().Replace(statement)); err != nil {
			return fmt.Errorf("%w in %.80q", err, statement)
		}
	}
	return nil
}

func uncomment(sql string) string {
	var b strings.Builder
	for line := range strings.Lines(sql) {
		if !strings.HasPrefix(line, "--") {
			b.WriteString(line)
		}
	}
	return b.String()
}
