package store

import (
	"context"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// scans lists the statements that may read a whole table, or all of a pool,
// each with its reason.
var scans = map[string]string{
	`SELECT COUNT(*) FROM pool`:                              "there are few pools",
	`FROM data_key ORDER BY created_at, id`:                  "there are few data keys",
	`FROM access_key ORDER BY id`:                            "there are few access keys",
	`SELECT pool_id FROM grave ORDER BY pool_id`:             "there are few deleted pools",
	`SELECT COALESCE(MAX(number), 0) FROM schema_step`:       "there are few steps",
	`SELECT COUNT(*) FROM sqlite_schema`:                     "there are few tables",
	`FROM outbox WHERE pool_id = ?`:                          "a pool is deleted seldom, and the outbox is short",
	`FROM mailbox WHERE pool_id = ? LIMIT ?`:                 "likewise, and the mailbox is for development",
	`FROM mailbox ORDER BY created_at DESC, id DESC LIMIT ?`: "the order of an index, from its end; SQLite calls it a scan",
	`FROM pool_key WHERE pool_id = ?`:                        "a pool has few keys",
	`FROM pool_key
		WHERE pool_id = ?`: "likewise",
	`FROM client WHERE pool_id = ?`:                            "a pool has a thousand clients at most",
	`SELECT COUNT(*) FROM users`:                               "a count has to count",
	`SELECT COUNT(*) FROM user_group`:                          "likewise",
	`FROM grave WHERE pool_id = ?`:                             "it is the whole key",
	`FROM world WHERE pool_id = ?`:                             "likewise",
	`FROM domain WHERE pool_id = ?`:                            "a pool has two domains at most",
	`FROM policy WHERE pool_id = ?`:                            "a pool is deleted seldom, and has few policies",
	`FROM former WHERE pool_id = ?`:                            "it is the whole key",
	`foreign_hash WHERE pool_id = ?`:                           "a pool has few kinds of hashes",
	`UPDATE foreign_hash SET of_users = ? WHERE pool_id = ?`:   "likewise",
	`FROM resource WHERE pool_id = ?`:                          "a pool has few resources",
	`FROM import_job WHERE pool_id = ?`:                        "a pool has a thousand jobs at most",
	`UPDATE import_file SET until = 1 WHERE pool_id = ?`:       "likewise, and two files of each",
	`FROM (SELECT 1 FROM candidate LIMIT ?)`:                   "it stops after the limit",
	`FROM (SELECT 1 FROM device WHERE pool_id = ? AND sub = ?`: "likewise",
	`FROM event WHERE pool_id = ? ORDER BY created_at LIMIT 1`: "it stops at the first",
	`WHERE pool_id = ? LIMIT ?)`:                               "any rows of a deleted pool will do",
}

// TestNoStatementScansATable asks SQLite how it would run each statement of
// this package: by a range of an index, never through a whole table or pool,
// and never by sorting what it found. Only so does a page cost the same in a
// pool of a million.
func TestNoStatementScansATable(t *testing.T) {
	s := openFile(t)
	all := statements(t)
	if len(all) < 70 {
		t.Fatalf("found only %d statements: the search for them is broken", len(all))
	}
	slow := regexp.MustCompile(`\bSCAN \w+|USE TEMP B-TREE|\(pool_id=\?\)`)
	used := map[string]bool{}
	for _, query := range all {
		plan := explain(t, s, query)
		excused := false
		for part := range scans {
			if strings.Contains(query, part) {
				excused, used[part] = true, true
			}
		}
		if slow.MatchString(plan) && !excused {
			t.Errorf("%s\nplan:\n%s", query, plan)
		}
	}
	for part := range scans {
		if !used[part] {
			t.Errorf("no statement needs the excuse for %q any more", part)
		}
	}
}

func explain(t *testing.T, s *Store, query string) string {
	t.Helper()
	args := make([]any, strings.Count(query, "?"))
	var plan strings.Builder
	err := s.View(context.Background(), func(tx *Tx) error {
		return tx.each(`EXPLAIN QUERY PLAN `+query, args, func(scan func(...any) error) error {
			var id, parent, unused word
			var detail string
			err := scan(&id, &parent, &unused, &detail)
			// The rows of a subquery that is materialized are its few results.
			if !strings.Contains(detail, "SCAN SUBQUERY") {
				fmt.Fprintln(&plan, "\t"+detail)
			}
			return err
		})
	})
	if err != nil {
		t.Errorf("%s: %v", query, err)
	}
	return plan.String()
}

// statements lists the constant SQL statements in the source of this package.
func statements(t *testing.T) []string {
	t.Helper()
	names, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	var files []*ast.File
	for _, name := range names {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, file)
	}
	constants := map[string]string{}
	var list []string
	for range 2 { // twice: the first time collects the constants that the second needs
		list = nil
		for _, file := range files {
			ast.Inspect(file, func(n ast.Node) bool {
				if spec, ok := n.(*ast.ValueSpec); ok && len(spec.Values) == len(spec.Names) {
					for i, v := range spec.Values {
						if text, ok := constant(v, constants); ok {
							constants[spec.Names[i].Name] = text
						}
					}
				}
				expr, ok := n.(ast.Expr)
				if !ok {
					return true
				}
				text, ok := constant(expr, constants)
				unfinished := strings.HasSuffix(strings.TrimSpace(text), "AND")
				if ok && !unfinished && sqlText.MatchString(text) {
					list = append(list, text)
				}
				return !ok // what is part of a statement is none
			})
		}
	}
	return list
}

var sqlText = regexp.MustCompile(`(?s)^\s*(SELECT\s.*\sFROM|DELETE\s+FROM|UPDATE\s.*\sSET)\s`)

// constant is the text of a literal, a known constant, or a sum of these.
func constant(expr ast.Expr, known map[string]string) (string, bool) {
	switch e := expr.(type) {
	case *ast.BasicLit:
		if e.Kind != token.STRING {
			return "", false
		}
		text, err := strconv.Unquote(e.Value)
		return text, err == nil
	case *ast.Ident:
		text, ok := known[e.Name]
		return text, ok
	case *ast.BinaryExpr:
		left, ok1 := constant(e.X, known)
		right, ok2 := constant(e.Y, known)
		return left + right, ok1 && ok2 && e.Op == token.ADD
	}
	return "", false
}
