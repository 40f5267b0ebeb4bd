package store

import "github.com/gatehouse-id/gatehouse/internal/base/model"

const identityColumns = `provider, attribute, value, sub, type, issuer, created_at`

// identityLogin is the kind of the name under which an identity's user is found.
const identityLogin = "identity"

func (tx *Tx) identities(poolID, query string, args ...any) ([]*model.Identity, error) {
	var list []*model.Identity
	err := tx.each(query, args, func(scan func(...any) error) error {
		i := &model.Identity{PoolID: poolID}
		var created int64
		if err := scan(&i.Provider, &i.Attribute, &i.Value, &i.Sub, &i.Type, &i.Issuer, &created); err != nil {
			return err
		}
		i.CreatedAt = moment(created)
		list = append(list, i)
		return nil
	})
	return list, err
}

// Identity reads a linked identity; ErrNotFound when it is linked to nobody.
func (tx *Tx) Identity(poolID, provider, attribute, value string) (*model.Identity, error) {
	list, err := tx.identities(poolID, `
		SELECT `+identityColumns+` FROM identity
		WHERE pool_id = ? AND provider = ? AND attribute = ? AND value = ?`, poolID, provider, attribute, value)
	if err != nil {
		return nil, err
	}
	if len(list) == 0 {
		return nil, ErrNotFound
	}
	return list[0], nil
}

// Identities lists the identities of a user, in the order in which they were linked.
func (tx *Tx) Identities(poolID, sub string) ([]*model.Identity, error) {
	return tx.identities(poolID, `
		SELECT `+identityColumns+` FROM identity
		WHERE pool_id = ? AND sub = ? ORDER BY created_at, provider, attribute, value`, poolID, sub)
}

// LinkIdentity stores an identity, and its name as one under which its user is
// found; ErrExists when it is linked already, or somebody has the name.
func (tx *Tx) LinkIdentity(p *model.Pool, i *model.Identity) error {
	err := tx.insert(`
		INSERT INTO identity (pool_id, `+identityColumns+`) VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`,
		p.ID, i.Provider, i.Attribute, i.Value, i.Sub, i.Type, i.Issuer, micros(i.CreatedAt))
	if err != nil {
		return err
	}
	return tx.addLogin(p.ID, i.Sub, Login{Name: p.Fold(i.Name()), Kind: identityLogin})
}

// UnlinkIdentity removes an identity and its name; ErrNotFound when it is not linked.
func (tx *Tx) UnlinkIdentity(p *model.Pool, i *model.Identity) error {
	err := tx.touch(`
		DELETE FROM identity WHERE pool_id = ? AND provider = ? AND attribute = ? AND value = ?`,
		p.ID, i.Provider, i.Attribute, i.Value)
	if err != nil {
		return err
	}
	_, err = tx.exec(`DELETE FROM login WHERE pool_id = ? AND name = ? AND kind = ?`, p.ID, nameKey(p.Fold(i.Name())), identityLogin)
	return err
}
