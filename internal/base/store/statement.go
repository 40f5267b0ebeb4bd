package store

import (
	"strings"
	"time"
	"unicode/utf8"
)

// exec runs a statement and returns how many rows it touched.
func (tx *Tx) exec(query string, args ...any) (int64, error) {
	plain(args)
	return tx.run.exec(tx.ctx, query, args)
}

// insert runs an INSERT ... ON CONFLICT DO NOTHING; ErrExists when there was a conflict.
func (tx *Tx) insert(query string, args ...any) error {
	n, err := tx.exec(query, args...)
	if err == nil && n == 0 {
		return ErrExists
	}
	return err
}

// touch runs a statement that must touch a row; ErrNotFound when it did not.
func (tx *Tx) touch(query string, args ...any) error {
	n, err := tx.exec(query, args...)
	if err == nil && n == 0 {
		return ErrNotFound
	}
	return err
}

// one reads a single row; ErrNotFound when there is none.
func (tx *Tx) one(query string, args []any, into ...any) error {
	found := false
	err := tx.each(query, args, func(scan func(...any) error) error {
		if found {
			return nil
		}
		found = true
		return scan(into...)
	})
	if err == nil && !found {
		return ErrNotFound
	}
	return err
}

// each calls fn for every row.
func (tx *Tx) each(query string, args []any, fn func(scan func(...any) error) error) error {
	plain(args)
	rows, err := tx.run.query(tx.ctx, query, args)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		if err := fn(rows.Scan); err != nil {
			return err
		}
	}
	return rows.Err()
}

// texts reads one text column.
func (tx *Tx) texts(query string, args ...any) ([]string, error) {
	var list []string
	err := tx.each(query, args, func(scan func(...any) error) error {
		var v string
		if err := scan(&v); err != nil {
			return err
		}
		list = append(list, v)
		return nil
	})
	return list, err
}

// plain replaces what PostgreSQL cannot hold in a text. Names come from
// outside: an InitiateAuth with NUL in its USERNAME must find nobody, not fail.
func plain(args []any) {
	for i, arg := range args {
		switch text := arg.(type) {
		case string:
			args[i] = plainText(text)
		case *string:
			if text != nil {
				args[i] = plainText(*text)
			}
		}
	}
}

func plainText(s string) string {
	if strings.IndexByte(s, 0) < 0 && utf8.ValidString(s) {
		return s
	}
	return strings.ReplaceAll(strings.ToValidUTF8(s, "\uFFFD"), "\x00", "\uFFFD")
}

// micros is a time as it is stored; the zero time is 0.
func micros(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMicro()
}

// moment is a stored time; 0 is the zero time.
func moment(us int64) time.Time {
	if us == 0 {
		return time.Time{}
	}
	return time.UnixMicro(us).UTC()
}
