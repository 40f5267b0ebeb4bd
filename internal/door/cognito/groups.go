package cognito

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/gatehouse-id/gatehouse/internal/base/fault"
	"github.com/gatehouse-id/gatehouse/internal/base/model"
	"github.com/gatehouse-id/gatehouse/internal/base/shape"
	"github.com/gatehouse-id/gatehouse/internal/base/store"
	"github.com/gatehouse-id/gatehouse/internal/base/wire"
	"github.com/gatehouse-id/gatehouse/internal/flow/pool"
)

// Groups have no rules beyond their limits, so this file goes straight to the store.
const (
	maxGroups       = 10_000
	maxGroupsOfUser = 100
)

func (d *Door) createGroup(ctx context.Context, _ *call, in *shape.CreateGroupRequest) (*shape.CreateGroupResponse, error) {
	g := &model.Group{
		PoolID: *in.UserPoolId, Name: *in.GroupName,
		Description: in.Description, RoleARN: in.RoleArn, Precedence: in.Precedence,
		CreatedAt: d.Now(), ModifiedAt: d.Now(),
	}
	err := d.Store.Update(ctx, func(tx *store.Tx) error {
		if _, err := pool.Find(tx, g.PoolID); err != nil {
			return err
		}
		n, err := tx.CountGroups(g.PoolID)
		if err != nil {
			return fmt.Errorf("count groups: %w", err)
		}
		if n >= maxGroups {
			return fault.Newf(fault.LimitExceeded, "The user pool has reached its limit of %d groups.", maxGroups)
		}
		err = tx.CreateGroup(g)
		if errors.Is(err, store.ErrExists) {
			return fault.New(fault.GroupExists, "A group with the name already exists.")
		}
		return err
	})
	return &shape.CreateGroupResponse{Group: groupType(g)}, err
}

func (d *Door) getGroup(ctx context.Context, _ *call, in *shape.GetGroupRequest) (*shape.GetGroupResponse, error) {
	out := new(shape.GetGroupResponse)
	err := d.Store.View(ctx, func(tx *store.Tx) error {
		g, err := findGroup(tx, *in.UserPoolId, *in.GroupName)
		if err == nil {
			out.Group = groupType(g)
		}
		return err
	})
	return out, err
}

func (d *Door) updateGroup(ctx context.Context, _ *call, in *shape.UpdateGroupRequest) (*shape.UpdateGroupResponse, error) {
	out := new(shape.UpdateGroupResponse)
	err := d.Store.Update(ctx, func(tx *store.Tx) error {
		g, err := findGroup(tx, *in.UserPoolId, *in.GroupName)
		if err != nil {
			return err
		}
		if in.Description != nil {
			g.Description = in.Description
		}
		if in.RoleArn != nil {
			g.RoleARN = in.RoleArn
		}
		if in.Precedence != nil {
			g.Precedence = in.Precedence
		}
		g.ModifiedAt = d.Now()
		out.Group = groupType(g)
		return tx.SaveGroup(g)
	})
	return out, err
}

func (d *Door) deleteGroup(ctx context.Context, _ *call, in *shape.DeleteGroupRequest) error {
	return d.Store.Update(ctx, func(tx *store.Tx) error {
		if _, err := findGroup(tx, *in.UserPoolId, *in.GroupName); err != nil {
			return err
		}
		return tx.DeleteGroup(*in.UserPoolId, *in.GroupName)
	})
}

func (d *Door) listGroups(ctx context.Context, _ *call, in *shape.ListGroupsRequest) (*shape.ListGroupsResponse, error) {
	bind := []string{"ListGroups", *in.UserPoolId}
	after, err := d.after(in.NextToken, bind...)
	if err != nil {
		return nil, err
	}
	var groups []*model.Group
	size := pageSize(in.Limit)
	err = d.Store.View(ctx, func(tx *store.Tx) error {
		if _, err := pool.Find(tx, *in.UserPoolId); err != nil {
			return err
		}
		groups, err = tx.Groups(*in.UserPoolId, after, size+1)
		return err
	})
	groups, next := page(d, groups, size, groupName, bind...)
	return &shape.ListGroupsResponse{Groups: groupTypes(groups), NextToken: next}, err
}

func (d *Door) listUsersInGroup(ctx context.Context, _ *call, in *shape.ListUsersInGroupRequest) (*shape.ListUsersInGroupResponse, error) {
	bind := []string{"ListUsersInGroup", *in.UserPoolId, *in.GroupName}
	after, err := d.after(in.NextToken, bind...)
	if err != nil {
		return nil, err
	}
	var users []*model.User
	size := pageSize(in.Limit)
	err = d.Store.View(ctx, func(tx *store.Tx) error {
		if _, err := findGroup(tx, *in.UserPoolId, *in.GroupName); err != nil {
			return err
		}
		users, err = tx.Members(*in.UserPoolId, *in.GroupName, after, size+1)
		return err
	})
	users, next := page(d, users, size, func(u *model.User) string { return u.Sub }, bind...)
	out := &shape.ListUsersInGroupResponse{Users: []shape.UserType{}, NextToken: next}
	for _, u := range users {
		out.Users = append(out.Users, userType(u, everything))
	}
	return out, err
}

func (d *Door) adminAddUserToGroup(ctx context.Context, _ *call, in *shape.AdminAddUserToGroupRequest) error {
	return d.Store.Update(ctx, func(tx *store.Tx) error {
		u, err := findMember(tx, *in.UserPoolId, *in.Username)
		if err != nil {
			return err
		}
		if _, err := findGroup(tx, *in.UserPoolId, *in.GroupName); err != nil {
			return err
		}
		groups, err := tx.GroupsOf(u.PoolID, u.Sub, "", maxGroupsOfUser)
		if err != nil {
			return fmt.Errorf("groups of user %s: %w", u.Sub, err)
		}
		is := slices.ContainsFunc(groups, func(g *model.Group) bool { return g.Name == *in.GroupName })
		if len(groups) == maxGroupsOfUser && !is {
			return fault.Newf(fault.InvalidParameter, "A user can be in at most %d groups.", maxGroupsOfUser)
		}
		return tx.Join(u.PoolID, *in.GroupName, u.Sub, d.Now())
	})
}

func (d *Door) adminRemoveUserFromGroup(ctx context.Context, _ *call, in *shape.AdminRemoveUserFromGroupRequest) error {
	return d.Store.Update(ctx, func(tx *store.Tx) error {
		u, err := findMember(tx, *in.UserPoolId, *in.Username)
		if err != nil {
			return err
		}
		if _, err := findGroup(tx, *in.UserPoolId, *in.GroupName); err != nil {
			return err
		}
		return tx.Leave(u.PoolID, *in.GroupName, u.Sub)
	})
}

func (d *Door) adminListGroupsForUser(ctx context.Context, _ *call, in *shape.AdminListGroupsForUserRequest) (*shape.AdminListGroupsForUserResponse, error) {
	bind := []string{"AdminListGroupsForUser", *in.UserPoolId, *in.Username}
	after, err := d.after(in.NextToken, bind...)
	if err != nil {
		return nil, err
	}
	var groups []*model.Group
	size := pageSize(in.Limit)
	err = d.Store.View(ctx, func(tx *store.Tx) error {
		u, err := findMember(tx, *in.UserPoolId, *in.Username)
		if err != nil {
			return err
		}
		groups, err = tx.GroupsOf(u.PoolID, u.Sub, after, size+1)
		return err
	})
	groups, next := page(d, groups, size, groupName, bind...)
	return &shape.AdminListGroupsForUserResponse{Groups: groupTypes(groups), NextToken: next}, err
}

// findGroup reads a group of a pool, and tells which of the two is missing.
func findGroup(tx *store.Tx, poolID, name string) (*model.Group, error) {
	if _, err := pool.Find(tx, poolID); err != nil {
		return nil, err
	}
	g, err := tx.Group(poolID, name)
	if errors.Is(err, store.ErrNotFound) {
		return nil, fault.New(fault.ResourceNotFound, "Group not found.")
	}
	return g, err
}

// findMember reads a user of a pool by any name.
func findMember(tx *store.Tx, poolID, name string) (*model.User, error) {
	p, err := pool.Find(tx, poolID)
	if err != nil {
		return nil, err
	}
	u, err := tx.FindUser(p, name)
	if errors.Is(err, store.ErrNotFound) {
		return nil, fault.New(fault.UserNotFound, "User does not exist.")
	}
	return u, err
}

func groupName(g *model.Group) string { return g.Name }

func groupType(g *model.Group) *shape.GroupType {
	return &shape.GroupType{
		GroupName: &g.Name, UserPoolId: &g.PoolID,
		Description: g.Description, RoleArn: g.RoleARN, Precedence: g.Precedence,
		CreationDate: wire.At(g.CreatedAt), LastModifiedDate: wire.At(g.ModifiedAt),
	}
}

func groupTypes(groups []*model.Group) []shape.GroupType {
	list := make([]shape.GroupType, len(groups))
	for i, g := range groups {
		list[i] = *groupType(g)
	}
	return list
}
