package store

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/gatehouse-id/gatehouse/internal/base/filter"
	"github.com/gatehouse-id/gatehouse/internal/base/model"
)

// searchable lists the attributes that ListUsers can filter by, beside the
// user name, the sub and the two statuses.
var searchable = []string{"email", "phone_number", "name", "given_name", "family_name", "preferred_username"}

// foldable are the attributes that a case-insensitive pool compares without case.
var foldable = map[string]bool{filter.Username: true, "email": true, "preferred_username": true}

// index brings user_search from what it holds for the old user to the new one;
// nil stands for no user. Only what differs is written, a statement a row: for one
// of several rows SQLite keeps a journal of its own, which costs more than it saves.
func (tx *Tx) index(p *model.Pool, old, u *model.User) error {
	was, is := searchValues(p, old), searchValues(p, u)
	for attribute, value := range was {
		if is[attribute] == value {
			continue
		}
		_, err := tx.exec(`DELETE FROM user_search WHERE pool_id = ? AND attribute = ? AND value = ? AND sub = ?`,
			p.ID, attribute, value, old.Sub)
		if err != nil {
			return fmt.Errorf("index user %s: %w", old.Sub, err)
		}
	}
	for attribute, value := range is {
		if was[attribute] == value {
			continue
		}
		err := tx.insert(`INSERT INTO user_search (pool_id, attribute, value, sub) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING`,
			p.ID, attribute, value, u.Sub)
		if err != nil {
			return fmt.Errorf("index user %s: %w", u.Sub, err)
		}
	}
	return nil
}

// searchValues is what a user can be found by.
func searchValues(p *model.Pool, u *model.User) map[string]string {
	if u == nil {
		return nil
	}
	values := map[string]string{filter.Username: u.Username, filter.State: string(u.Status), filter.Status: filter.Disabled}
	if u.Enabled {
		values[filter.Status] = filter.Enabled
	}
	for _, name := range searchable {
		if v := u.Attributes[name]; v != "" {
			values[name] = v
		}
	}
	for name, v := range values {
		values[name] = searchValue(p, name, v)
	}
	return values
}

// longest is how many bytes of a value are indexed. A filter has at most 256
// characters, its attribute and quotes included, so none reaches this length.
const longest = 4 * filter.MaxLength

// searchValue is how a value is indexed: without case where the pool has none, and cut.
func searchValue(p *model.Pool, attribute, value string) string {
	if foldable[attribute] {
		value = p.Fold(value)
	}
	value = plainText(value)
	if len(value) <= longest {
		return value
	}
	cut := longest
	for !utf8.RuneStart(value[cut]) {
		cut--
	}
	return value[:cut]
}

// Cursor is where a page of users begins: after this value and sub.
type Cursor struct{ Value, Sub string }

// Users lists up to limit users of a pool that match the filter, after the
// cursor, and the cursor of the next page; nil when this was the last.
//
// Every page is a range of one index, so its cost does not grow with the pool.
func (tx *Tx) Users(p *model.Pool, f filter.Filter, after Cursor, limit int) (list []*model.User, next *Cursor, err error) {
	query, args := usersQuery(p, f, after)
	var cursors []Cursor
	err = tx.each(query, append(args, limit+1), func(scan func(...any) error) error {
		var c Cursor
		u, err := scanUser(p.ID, func(into ...any) error { return scan(append(into, &c.Value)...) })
		if err != nil {
			return err
		}
		c.Sub = u.Sub
		list, cursors = append(list, u), append(cursors, c)
		return nil
	})
	if err == nil && len(list) > limit {
		list, next = list[:limit], &cursors[limit-1]
	}
	return list, next, err
}

// usersQuery selects userColumns and the value of the cursor. Both bounds of
// a range stand on the same columns: with a third condition, such as value >=
// prefix beside (value, sub) > cursor, a planner may begin every page at the prefix.
func usersQuery(p *model.Pool, f filter.Filter, after Cursor) (string, []any) {
	switch {
	case f.All():
		return `SELECT ` + userColumns + `, '' FROM users WHERE pool_id = ? AND sub > ? ORDER BY sub LIMIT ?`,
			[]any{p.ID, after.Sub}
	case f.Attribute == filter.Sub && !f.Prefix:
		return `SELECT ` + userColumns + `, '' FROM users WHERE pool_id = ? AND sub = ? AND sub > ? ORDER BY sub LIMIT ?`,
			[]any{p.ID, f.Value, after.Sub}
	case f.Attribute == filter.Sub && after.Sub == "":
		return `SELECT ` + userColumns + `, '' FROM users WHERE pool_id = ? AND sub >= ? AND sub <= ? ORDER BY sub LIMIT ?`,
			[]any{p.ID, f.Value, ceiling(f.Value)}
	case f.Attribute == filter.Sub:
		return `SELECT ` + userColumns + `, '' FROM users WHERE pool_id = ? AND sub > ? AND sub <= ? ORDER BY sub LIMIT ?`,
			[]any{p.ID, after.Sub, ceiling(f.Value)}
	}
	const from = `
		SELECT ` + qualified + `, s.value
		FROM user_search s JOIN users u ON u.pool_id = s.pool_id AND u.sub = s.sub
		WHERE s.pool_id = ? AND s.attribute = ? AND `
	value := searchValue(p, f.Attribute, f.Value)
	if !f.Prefix {
		return from + `s.value = ? AND s.sub > ? ORDER BY s.sub LIMIT ?`,
			[]any{p.ID, f.Attribute, value, after.Sub}
	}
	if after == (Cursor{}) {
		after.Value = value // no sub is empty, so that nothing is left out
	}
	return from + `(s.value, s.sub) > (?, ?) AND s.value <= ? ORDER BY s.value, s.sub LIMIT ?`,
		[]any{p.ID, f.Attribute, after.Value, after.Sub, ceiling(value)}
}

// ceiling is not below any indexed text that begins with the prefix: none is
// longer, and U+10FFFF sorts last.
func ceiling(prefix string) string {
	return prefix + strings.Repeat(string(utf8.MaxRune), longest/utf8.UTFMax)
}
