package store

import (
	"database/sql"
	"time"

	"github.com/gatehouse-id/gatehouse/internal/base/model"
)

const groupColumns = `name, description, role_arn, precedence, created_at, modified_at`

func scanGroup(poolID string, scan func(...any) error) (*model.Group, error) {
	g := &model.Group{PoolID: poolID}
	var created, modified int64
	var precedence sql.NullInt32
	if err := scan(&g.Name, &g.Description, &g.RoleARN, &precedence, &created, &modified); err != nil {
		return nil, err
	}
	if precedence.Valid {
		g.Precedence = &precedence.Int32
	}
	g.CreatedAt, g.ModifiedAt = moment(created), moment(modified)
	return g, nil
}

func (tx *Tx) groups(poolID, query string, args ...any) ([]*model.Group, error) {
	var list []*model.Group
	err := tx.each(query, args, func(scan func(...any) error) error {
		g, err := scanGroup(poolID, scan)
		list = append(list, g)
		return err
	})
	return list, err
}

// Group reads a group; ErrNotFound when the pool has none with this name.
func (tx *Tx) Group(poolID, name string) (*model.Group, error) {
	list, err := tx.groups(poolID, `SELECT `+groupColumns+` FROM user_group WHERE pool_id = ? AND name = ?`, poolID, name)
	if err != nil {
		return nil, err
	}
	if len(list) == 0 {
		return nil, ErrNotFound
	}
	return list[0], nil
}

// CreateGroup stores a new group; ErrExists when the name is taken.
func (tx *Tx) CreateGroup(g *model.Group) error {
	return tx.insert(`
		INSERT INTO user_group (pool_id, `+groupColumns+`) VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`,
		g.PoolID, g.Name, g.Description, g.RoleARN, g.Precedence, micros(g.CreatedAt), micros(g.ModifiedAt))
}

// SaveGroup replaces a group's description, role and precedence.
func (tx *Tx) SaveGroup(g *model.Group) error {
	return tx.touch(`
		UPDATE user_group SET description = ?, role_arn = ?, precedence = ?, modified_at = ?
		WHERE pool_id = ? AND name = ?`,
		g.Description, g.RoleARN, g.Precedence, micros(g.ModifiedAt), g.PoolID, g.Name)
}

// DeleteGroup removes a group and its memberships.
func (tx *Tx) DeleteGroup(poolID, name string) error {
	if err := tx.touch(`DELETE FROM user_group WHERE pool_id = ? AND name = ?`, poolID, name); err != nil {
		return err
	}
	_, err := tx.exec(`DELETE FROM membership WHERE pool_id = ? AND group_name = ?`, poolID, name)
	return err
}

// Groups lists up to limit groups of a pool with names after the given one.
func (tx *Tx) Groups(poolID, after string, limit int) ([]*model.Group, error) {
	return tx.groups(poolID, `
		SELECT `+groupColumns+` FROM user_group WHERE pool_id = ? AND name > ? ORDER BY name LIMIT ?`, poolID, after, limit)
}

// GroupsOf lists up to limit groups of a user with names after the given one.
func (tx *Tx) GroupsOf(poolID, sub, after string, limit int) ([]*model.Group, error) {
	return tx.groups(poolID, `
		SELECT g.name, g.description, g.role_arn, g.precedence, g.created_at, g.modified_at
		FROM membership m JOIN user_group g ON g.pool_id = m.pool_id AND g.name = m.group_name
		WHERE m.pool_id = ? AND m.sub = ? AND m.group_name > ? ORDER BY m.group_name LIMIT ?`, poolID, sub, after, limit)
}

// CountGroups counts the groups of a pool.
func (tx *Tx) CountGroups(poolID string) (n int, err error) {
	err = tx.one(`SELECT COUNT(*) FROM user_group WHERE pool_id = ?`, []any{poolID}, &n)
	return n, err
}

// Join puts a user into a group; being in it already is fine.
func (tx *Tx) Join(poolID, group, sub string, now time.Time) error {
	_, err := tx.exec(`
		INSERT INTO membership (pool_id, group_name, sub, created_at) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING`,
		poolID, group, sub, micros(now))
	return err
}

// Leave takes a user out of a group; not being in it is fine.
func (tx *Tx) Leave(poolID, group, sub string) error {
	_, err := tx.exec(`DELETE FROM membership WHERE pool_id = ? AND group_name = ? AND sub = ?`, poolID, group, sub)
	return err
}

// Members lists up to limit users of a group with subs after the given one.
func (tx *Tx) Members(poolID, group, after string, limit int) ([]*model.User, error) {
	var list []*model.User
	err := tx.each(`
		SELECT `+qualified+` FROM membership m JOIN users u ON u.pool_id = m.pool_id AND u.sub = m.sub
		WHERE m.pool_id = ? AND m.group_name = ? AND m.sub > ? ORDER BY m.sub LIMIT ?`,
		[]any{poolID, group, after, limit},
		func(scan func(...any) error) error {
			u, err := scanUser(poolID, scan)
			list = append(list, u)
			return err
		})
	return list, err
}
