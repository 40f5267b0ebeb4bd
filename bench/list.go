package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/google/uuid"

	"github.com/gatehouse-id/gatehouse/internal/base/model"
	"github.com/gatehouse-id/gatehouse/internal/base/store"
)

// measureList compares a page of ListUsers in a pool of a thousand users with
// one in a large pool.
func measureList(ctx context.Context, o options, out figures) error {
	data, err := os.MkdirTemp("", "gatehouse-bench")
	if err != nil {
		return err
	}
	defer os.RemoveAll(data)
	p, err := start(ctx, o, data)
	if err != nil {
		return err
	}
	return errors.Join(loadLists(ctx, o, out, p, data), p.stop())
}

func loadLists(ctx context.Context, o options, out figures, p *process, data string) error {
	a := newAPI(p.url)
	database := o.database
	if database == "" {
		database = "sqlite:" + filepath.Join(data, "gatehouse.db")
	}
	sizes := []int{1000, o.users}
	pools := make([]string, len(sizes))
	for i, n := range sizes {
		var pool struct{ UserPool struct{ Id string } }
		if err := a.call(ctx, "CreateUserPool", object{"PoolName": fmt.Sprint(n)}, &pool); err != nil {
			return err
		}
		pools[i] = pool.UserPool.Id
		if err := fill(ctx, database, pools[i], n); err != nil {
			return err
		}
	}
	for _, kind := range []struct {
		name  string
		extra object
	}{
		{"ListUsers page", object{}},
		{"ListUsers page, email ^=", object{"Filter": `email ^= "user0000"`}},
		{"ListUsers page, status =", object{"Filter": `cognito:user_status = "CONFIRMED"`}},
	} {
		var p50 [2]time.Duration
		for round := range 2 { // in turns, and the better of two: the machine drifts
			for i, id := range pools {
				in := object{"UserPoolId": id, "Limit": 60}
				for k, v := range kind.extra {
					in[k] = v
				}
				l, err := drive(ctx, p, 1, o.seconds/2, func(int) error { return a.call(ctx, "ListUsers", in, nil) })
				if err != nil {
					return err
				}
				if round == 0 || l.p50 < p50[i] {
					p50[i] = l.p50
				}
			}
		}
		out.line(kind.name, "p50 %v at %d users, %v at %d: %.2f x (goal 1.50)",
			p50[0].Round(time.Microsecond), sizes[0], p50[1].Round(time.Microsecond), sizes[1], float64(p50[1])/float64(p50[0]))
	}
	return nil
}

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
					Attributes: map[string]string{"email": email, "email_verified": "true", "name": fmt.Sprintf("User %d", i)},
					CreatedAt:  now, ModifiedAt: now,
				}
				if err := tx.CreateUser(pool, u, []store.Login{{Name: email, Kind: "username"}}); err != nil {
					return err
				}
			}
			return nil
		})
	}
	return errors.Join(err, s.Close())
}
