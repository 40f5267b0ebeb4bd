package store

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
)

// Login is a name under which a user can sign in.
type Login struct {
	Name string // folded
	Kind string // username, email, phone_number, preferred_username
}

// nameKey is the form in which a name is stored. An e-mail address may have
// 2048 characters, too many for an index of PostgreSQL, so a long name is kept
// as its digest; the control character is one that no name has.
func nameKey(name string) string {
	if len(name) <= 512 {
		return name
	}
	digest := sha256.Sum256([]byte(name))
	return "\x01" + hex.EncodeToString(digest[:])
}

// Logins lists the names under which a user can sign in. One of more than 512
// bytes is listed as its digest.
func (tx *Tx) Logins(poolID, sub string) ([]Login, error) {
	var list []Login
	err := tx.each(`SELECT name, kind FROM login WHERE pool_id = ? AND sub = ? ORDER BY kind, name`, []any{poolID, sub},
		func(scan func(...any) error) error {
			var l Login
			if err := scan(&l.Name, &l.Kind); err != nil {
				return err
			}
			list = append(list, l)
			return nil
		})
	return list, err
}

// LoginOwner tells whose name this is; ErrNotFound when it is free.
func (tx *Tx) LoginOwner(poolID, name string) (sub, kind string, err error) {
	err = tx.one(`SELECT sub, kind FROM login WHERE pool_id = ? AND name = ?`, []any{poolID, nameKey(name)}, &sub, &kind)
	return sub, kind, err
}

func (tx *Tx) addLogin(poolID, sub string, l Login) error {
	return tx.insert(`
		INSERT INTO login (pool_id, name, kind, sub) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING`,
		poolID, nameKey(l.Name), l.Kind, sub)
}

// SetLogin gives a user the name for this kind, instead of the one held so
// far; an empty name only takes that away. ErrExists when another user has it.
func (tx *Tx) SetLogin(poolID, sub string, l Login) error {
	if _, err := tx.exec(`DELETE FROM login WHERE pool_id = ? AND sub = ? AND kind = ?`, poolID, sub, l.Kind); err != nil {
		return err
	}
	if l.Name == "" {
		return nil
	}
	err := tx.addLogin(poolID, sub, l)
	if errors.Is(err, ErrExists) {
		// The same user may hold it as another kind: an e-mail user name that is also the e-mail.
		if owner, _, e := tx.LoginOwner(poolID, l.Name); e == nil && owner == sub {
			return nil
		}
	}
	return err
}

// TakeLogin moves an alias to this user from whoever has it: AWS's
// ForceAliasCreation. ErrExists when it is another user's name of another
// kind: a user name is never taken away.
func (tx *Tx) TakeLogin(poolID, sub string, l Login) error {
	if _, err := tx.exec(`DELETE FROM login WHERE pool_id = ? AND name = ? AND kind = ?`, poolID, nameKey(l.Name), l.Kind); err != nil {
		return err
	}
	return tx.SetLogin(poolID, sub, l)
}
