package store

import (
	"errors"
	"fmt"

	"github.com/gatehouse-id/gatehouse/internal/base/model"
	"github.com/gatehouse-id/gatehouse/internal/base/wire"
)

const userColumns = `sub, username, status, enabled, attributes, mfa, credential, checked_edition, leaked_at, leaked_by, signed_out_at, created_at, modified_at`

const qualified = `u.sub, u.username, u.status, u.enabled, u.attributes, u.mfa, u.credential, u.checked_edition, u.leaked_at, u.leaked_by, u.signed_out_at, u.created_at, u.modified_at`

func scanUser(poolID string, scan func(...any) error) (*model.User, error) {
	u := &model.User{PoolID: poolID}
	var attributes, mfa []byte
	var edition, leaked, signedOut, created, modified int64
	err := scan(&u.Sub, &u.Username, &u.Status, &u.Enabled, &attributes, &mfa, &u.Credential,
		&edition, &leaked, &u.Exposure.LeakedBy, &signedOut, &created, &modified)
	if err != nil {
		return nil, err
	}
	u.Exposure.Edition, u.Exposure.LeakedAt = uint64(edition), moment(leaked)
	u.SignedOutAt, u.CreatedAt, u.ModifiedAt = moment(signedOut), moment(created), moment(modified)
	if err := wire.Read(attributes, &u.Attributes); err != nil {
		return nil, fmt.Errorf("user %s: %w", u.Sub, err)
	}
	if len(mfa) > 0 {
		if err := wire.Read(mfa, &u.MFA); err != nil {
			return nil, fmt.Errorf("user %s: %w", u.Sub, err)
		}
	}
	return u, nil
}

// User reads a user by sub; ErrNotFound when the pool has none.
func (tx *Tx) User(poolID, sub string) (*model.User, error) {
	return tx.user(poolID, `SELECT `+userColumns+` FROM users WHERE pool_id = ? AND sub = ?`, poolID, sub)
}

func (tx *Tx) user(poolID, query string, args ...any) (u *model.User, err error) {
	err = tx.each(query, args, func(scan func(...any) error) (err error) {
		u, err = scanUser(poolID, scan)
		return err
	})
	if err == nil && u == nil {
		err = ErrNotFound
	}
	return u, err
}

// FindUser reads the user who signs in under this name: a user name, an alias
// or the sub. Names are looked up first, so that nobody can take another's sub as a name.
func (tx *Tx) FindUser(p *model.Pool, name string) (*model.User, error) {
	u, err := tx.user(p.ID, `
		SELECT `+qualified+` FROM login l JOIN users u ON u.pool_id = l.pool_id AND u.sub = l.sub
		WHERE l.pool_id = ? AND l.name = ?`, p.ID, nameKey(p.Fold(name)))
	if errors.Is(err, ErrNotFound) {
		return tx.User(p.ID, name)
	}
	return u, err
}

// CreateUser stores a new user under the given names; ErrExists when one of them is taken.
func (tx *Tx) CreateUser(p *model.Pool, u *model.User, names []Login) error {
	attributes, mfa, err := userText(u)
	if err != nil {
		return err
	}
	err = tx.insert(`
		INSERT INTO users (pool_id, `+userColumns+`)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`,
		p.ID, u.Sub, u.Username, string(u.Status), number(u.Enabled), attributes, mfa, u.Credential,
		int64(u.Exposure.Edition), micros(u.Exposure.LeakedAt), string(u.Exposure.LeakedBy), micros(u.SignedOutAt), micros(u.CreatedAt), micros(u.ModifiedAt))
	if err != nil {
		return err
	}
	for _, name := range names {
		if err := tx.addLogin(p.ID, u.Sub, name); err != nil {
			return err
		}
	}
	return tx.index(p, nil, u)
}

// SaveUser replaces a user's record, all but its name, its password history
// and its logins; ErrNotFound when the user is gone. Read the user in the same
// Update, or a change made meanwhile is lost.
func (tx *Tx) SaveUser(p *model.Pool, u *model.User) error {
	attributes, mfa, err := userText(u)
	if err != nil {
		return err
	}
	old, err := tx.User(p.ID, u.Sub)
	if err != nil {
		return err
	}
	err = tx.touch(`
		UPDATE users SET status = ?, enabled = ?, attributes = ?, mfa = ?, credential = ?,
			checked_edition = ?, leaked_at = ?, leaked_by = ?, signed_out_at = ?, modified_at = ?
		WHERE pool_id = ? AND sub = ?`,
		string(u.Status), number(u.Enabled), attributes, mfa, u.Credential,
		int64(u.Exposure.Edition), micros(u.Exposure.LeakedAt), string(u.Exposure.LeakedBy), micros(u.SignedOutAt), micros(u.ModifiedAt),
		p.ID, u.Sub)
	if err != nil {
		return err
	}
	saved := *u
	saved.Username = old.Username
	return tx.index(p, old, &saved)
}

func userText(u *model.User) (attributes, mfa string, err error) {
	a, err := wire.Encode(u.Attributes)
	if err != nil {
		return "", "", err
	}
	mfa, err = mfaText(u)
	return string(a), mfa, err
}

func mfaText(u *model.User) (string, error) {
	if u.MFA.Enabled == nil && u.MFA.Preferred == "" {
		return "", nil
	}
	m, err := wire.Encode(u.MFA)
	return string(m), err
}

func number(b bool) int {
	if b {
		return 1
	}
	return 0
}

// SetCredential replaces only the sealed password record, if it still is what
// it was (nil: none): false when another request changed it first, or the user is gone.
func (tx *Tx) SetCredential(poolID, sub string, was, is []byte) (bool, error) {
	n, err := tx.exec(`UPDATE users SET credential = ? WHERE pool_id = ? AND sub = ? AND credential IS NOT DISTINCT FROM ?`, is, poolID, sub, was)
	return n == 1, err
}

// SetExposure replaces what is known of the user's present password in leaks, if
// the password is still what it was: false when it is not, or the user is gone.
func (tx *Tx) SetExposure(u *model.User, e model.Exposure) (bool, error) {
	n, err := tx.exec(`
		UPDATE users SET checked_edition = ?, leaked_at = ?, leaked_by = ?
		WHERE pool_id = ? AND sub = ? AND credential IS NOT DISTINCT FROM ?`,
		int64(e.Edition), micros(e.LeakedAt), string(e.LeakedBy), u.PoolID, u.Sub, u.Credential)
	return n == 1, err
}

// UserUnchanged tells whether what sign-in relies on is still as it was read:
// the user's status, whether it is enabled, its second factors, and its password record.
func (tx *Tx) UserUnchanged(u *model.User) (bool, error) {
	mfa, err := mfaText(u)
	if err != nil {
		return false, err
	}
	var n int
	err = tx.one(`
		SELECT COUNT(*) FROM users
		WHERE pool_id = ? AND sub = ? AND status = ? AND enabled = ? AND mfa = ? AND credential IS NOT DISTINCT FROM ?`,
		[]any{u.PoolID, u.Sub, string(u.Status), number(u.Enabled), mfa, u.Credential}, &n)
	return n == 1, err
}

// History reads the sealed former passwords of a user; nil when there are none.
func (tx *Tx) History(poolID, sub string) (box []byte, err error) {
	err = tx.one(`SELECT history FROM users WHERE pool_id = ? AND sub = ?`, []any{poolID, sub}, &box)
	return box, err
}

// SetHistory replaces the sealed former passwords.
func (tx *Tx) SetHistory(poolID, sub string, box []byte) error {
	return tx.touch(`UPDATE users SET history = ? WHERE pool_id = ? AND sub = ?`, box, poolID, sub)
}

// DeleteUser removes a user with all that belongs to the user alone;
// ErrNotFound when there is none. The events, which may be many, are out of
// reach from then on: they are erased in small steps, unless KeepEvents says
// otherwise.
func (tx *Tx) DeleteUser(poolID, sub string) error {
	p, err := tx.Pool(poolID)
	if err != nil {
		return err
	}
	u, err := tx.User(poolID, sub)
	if err != nil {
		return err
	}
	if err := tx.index(p, u, nil); err != nil {
		return err
	}
	if err := tx.touch(`DELETE FROM users WHERE pool_id = ? AND sub = ?`, poolID, sub); err != nil {
		return err
	}
	for _, query := range []string{
		`DELETE FROM login WHERE pool_id = ? AND sub = ?`,
		`DELETE FROM identity WHERE pool_id = ? AND sub = ?`,
		`DELETE FROM membership WHERE pool_id = ? AND sub = ?`,
		`DELETE FROM family WHERE pool_id = ? AND sub = ?`,
		`DELETE FROM code WHERE pool_id = ? AND sub = ?`,
		`DELETE FROM authenticator WHERE pool_id = ? AND sub = ?`,
		`DELETE FROM device WHERE pool_id = ? AND sub = ?`,
		`DELETE FROM device_wait WHERE pool_id = ? AND sub = ?`,
		`DELETE FROM passkey WHERE pool_id = ? AND sub = ?`,
		`INSERT INTO departed (pool_id, sub, pseudonym, settled) VALUES (?, ?, '', 0)
			ON CONFLICT (pool_id, sub) DO UPDATE SET pseudonym = '', settled = 0`,
		`DELETE FROM feedback WHERE pool_id = ? AND sub = ?`,
		`DELETE FROM profile WHERE pool_id = ? AND sub = ?`,
		`DELETE FROM candidate WHERE pool_id = ? AND sub = ?`,
		`DELETE FROM quota WHERE pool_id = ? AND subject = ?`,
	} {
		if _, err := tx.exec(query, poolID, sub); err != nil {
			return fmt.Errorf("delete user %s: %w", sub, err)
		}
	}
	return tx.ClearLockouts(poolID, sub)
}
