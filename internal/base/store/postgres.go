package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/stdlib"
)

// postgres is the backend for many nodes on one database. Updates are
// serializable, so that rules hold across nodes without a lock in sight.
type postgres struct {
	db     *sql.DB
	dollar sync.Map // query with ? -> query with $n
}

// idleTime is after how long an unused connection is closed.
const idleTime = 5 * time.Minute

func openPostgres(cfg Config) (*postgres, error) {
	c, err := pgx.ParseConfig(cfg.URL)
	if err != nil {
		// pgx prints the address with xxxxx for the password.
		return nil, fmt.Errorf("open the PostgreSQL database: %w", err)
	}
	if c.RuntimeParams["application_name"] == "" {
		c.RuntimeParams["application_name"] = "gatehouse"
	}
	db := stdlib.OpenDB(*c)
	db.SetMaxOpenConns(2 * cfg.Connections)
	db.SetMaxIdleConns(2 * cfg.Connections)
	db.SetConnMaxIdleTime(idleTime)
	return &postgres{db: db}, nil
}

func (p *postgres) view(ctx context.Context, fn func(context.Context, runner) error) error {
	return p.transact(ctx, sql.TxOptions{ReadOnly: true, Isolation: sql.LevelRepeatableRead}, fn)
}

func (p *postgres) update(ctx context.Context, fn func(context.Context, runner) error) error {
	return p.transact(ctx, sql.TxOptions{Isolation: sql.LevelSerializable}, fn)
}

func (p *postgres) transact(ctx context.Context, opts sql.TxOptions, fn func(context.Context, runner) error) error {
	tx, err := p.db.BeginTx(ctx, &opts)
	if err != nil {
		return fmt.Errorf("begin: %w", err)
	}
	defer tx.Rollback() //nolint:errcheck // after a commit it does nothing; a panic in fn must not keep locks
	if err := fn(ctx, postgresTx{p, tx}); err != nil {
		return err
	}
	if err := tx.Commit(); err != nil {
		return fmt.Errorf("commit: %w", err)
	}
	return nil
}

// again: 40001 is a serialization failure, 40P01 a deadlock.
func (p *postgres) again(err error) bool {
	var e *pgconn.PgError
	return errors.As(err, &e) && (e.Code == "40001" || e.Code == "40P01")
}

func (p *postgres) dialect() *strings.Replacer {
	// Collation C compares bytes, as SQLite does, so that pages come in the same order.
	return strings.NewReplacer(" BLOB", " BYTEA", " NAME ", ` TEXT COLLATE "C" `, ") KEYED", ")")
}

func (p *postgres) alone(ctx context.Context, r runner) error {
	_, err := r.exec(ctx, `SELECT pg_advisory_xact_lock(7205759403792793)`, nil)
	return err
}

func (p *postgres) ping(ctx context.Context) error { return p.db.PingContext(ctx) }
func (p *postgres) close() error                   { return p.db.Close() }

type postgresTx struct {
	p  *postgres
	tx *sql.Tx
}

func (t postgresTx) exec(ctx context.Context, query string, args []any) (int64, error) {
	res, err := t.tx.ExecContext(ctx, t.p.rebind(query), args...)
	if err != nil {
		return 0, err
	}
	return res.RowsAffected()
}

func (t postgresTx) once(ctx context.Context, query string) error {
	_, err := t.tx.ExecContext(ctx, query)
	return err
}

func (t postgresTx) query(ctx context.Context, query string, args []any) (rows, error) {
	return t.tx.QueryContext(ctx, t.p.rebind(query), args...)
}

// rebind writes the n-th ? as $n. Our SQL has no ? inside a literal.
func (p *postgres) rebind(query string) string {
	if q, ok := p.dollar.Load(query); ok {
		return q.(string)
	}
	parts := strings.Split(query, "?")
	var b strings.Builder
	b.WriteString(parts[0])
	for i, part := range parts[1:] {
		b.WriteString("$" + strconv.Itoa(i+1) + part)
	}
	p.dollar.Store(query, b.String())
	return b.String()
}
