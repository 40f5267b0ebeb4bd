package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"

	"github.com/gatehouse-id/gatehouse/internal/base/model"
	"github.com/gatehouse-id/gatehouse/internal/base/store"
)

// measureList compares a page of users in a pool of a thousand users with one in a
// large pool: of all, of a group, and by each filter.
func measureList(ctx context.Context, o options, out figures) error {
	return onServer(ctx, o, func(p *process) error { return loadLists(ctx, o, out, p) })
}

func loadLists(ctx context.Context, o options, out figures, p *process) error {
	a := newAPI(p.url)
	sizes := []int{1000, o.users}
	pools := make([]string, len(sizes))
	for i, n := range sizes {
		var pool struct{ UserPool struct{ Id string } }
		if err := a.call(ctx, "CreateUserPool", object{"PoolName": fmt.Sprint(n)}, &pool); err != nil {
			return err
		}
		pools[i] = pool.UserPool.Id
		if err := a.call(ctx, "CreateGroup", object{"UserPoolId": pools[i], "GroupName": everybody}, nil); err != nil {
			return err
		}
		if err := fill(ctx, p.database, pools[i], n); err != nil {
			return err
		}
	}
	for _, list := range lists() {
		var p50 [2]time.Duration
		for round := range 2 { // in turns, and the better of two: the machine drifts
			for i, id := range pools {
				in := object{"UserPoolId": id, "Limit": 60}
				for k, v := range list.extra {
					in[k] = v
				}
				l, err := drive(ctx, p, 1, o.seconds/4, func(int) error { return a.call(ctx, list.operation, in, nil) })
				if err != nil {
					return err
				}
				if round == 0 || l.p50 < p50[i] {
					p50[i] = l.p50
				}
			}
		}
		out.line(list.name, "p50 %v at %d users, %v at %d: %.2f x (goal 1.50)",
			p50[0].Round(time.Microsecond), sizes[0], p50[1].Round(time.Microsecond), sizes[1], float64(p50[1])/float64(p50[0]))
	}
	return nil
}

// list is a first page that is asked for.
type list struct {
	name, operation string
	extra           object
}

// lists are the whole of a pool and of a group, and each filter that there is. What
// all users have in common fills a page; of what one user has there is one.
func lists() []list {
	all := []list{
		{"all", "ListUsers", object{}},
		{"of a group", "ListUsersInGroup", object{"GroupName": everybody}},
	}
	for _, f := range []struct{ attribute, whole, prefix string }{
		{"username", "user0000500@example.com", "user"},
		{"email", "user0000500@example.com", "user"},
		{"phone_number", "+10000000500", "+1"},
		{"name", "User 500", "User"},
		{"given_name", "User", "Us"},
		{"family_name", "Number", "Num"},
		{"preferred_username", "u500", "u"},
		{"cognito:user_status", "CONFIRMED", "CONF"},
		{"status", "Enabled", ""},
		{"sub", "00000000-0000-4000-8000-000000000000", "8"},
	} {
		all = append(all, list{f.attribute + " =", "ListUsers", object{"Filter": fmt.Sprintf("%s = %q", f.attribute, f.whole)}})
		if f.prefix != "" {
			all = append(all, list{f.attribute + " ^=", "ListUsers", object{"Filter": fmt.Sprintf("%s ^= %q", f.attribute, f.prefix)}})
		}
	}
	return all
}

// everybody is the group that all users are in.
const everybody = "everybody"

// fill writes users straight into the store: the API would hash a password for each.
func fill(ctx context.Context, database, poolID string, n int) error {
	s, err := store.Open(ctx, store.Config{URL: database})
	if err != nil {
		return err
	}
	const batch = 2000
	now := time.Now()
	for from := 0; from < n && err == nil; from += batch {
		err = s.Update(ctx, func(tx *store.Tx) error {
			pool, err := tx.Pool(poolID)
			if err != nil {
				return err
			}
			for i := from; i < min(from+batch, n); i++ {
				email := fmt.Sprintf("user%07d@example.com", i)
				u := &model.User{
					PoolID: poolID, Sub: uuid.NewString(), Username: email, Status: model.Confirmed, Enabled: true,
					Attributes: map[string]string{
						"email": email, "email_verified": "true", "phone_number": fmt.Sprintf("+1%010d", i), "name": fmt.Sprintf("User %d", i),
						"given_name": "User", "family_name": "Number", "preferred_username": fmt.Sprintf("u%d", i),
					},
					CreatedAt: now, ModifiedAt: now,
				}
				if err := tx.CreateUser(pool, u, []store.Login{{Name: email, Kind: "username"}}); err != nil {
					return err
				}
				if err := tx.Join(poolID, everybody, u.Sub, now); err != nil {
					return err
				}
			}
			return nil
		})
	}
	return errors.Join(err, s.Close())
}
