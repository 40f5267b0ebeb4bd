package main

import (
	"context"
	"errors"
	"fmt"
	mathrand "math/rand/v2"
	"time"

	"github.com/google/uuid"

	"github.com/gatehouse-id/gatehouse/internal/base/model"
	"github.com/gatehouse-id/gatehouse/internal/base/store"
)

// devicesPerUser fills more than a page.
const devicesPerUser = 100

// measureDevices compares a page of AdminListDevices in a pool of a thousand devices
// with one in a large pool, each time of a user picked at random.
func measureDevices(ctx context.Context, o options, out figures) error {
	return onServer(ctx, o, func(p *process) error { return loadDevices(ctx, o, out, p) })
}

func loadDevices(ctx context.Context, o options, out figures, p *process) error {
	a := newAPI(p.url)
	sizes := []int{1000, o.users}
	pools := make([]string, len(sizes))
	for i, n := range sizes {
		var pool struct{ UserPool struct{ Id string } }
		in := object{"PoolName": fmt.Sprint(n), "DeviceConfiguration": object{"ChallengeRequiredOnNewDevice": true}}
		if err := a.call(ctx, "CreateUserPool", in, &pool); err != nil {
			return err
		}
		pools[i] = pool.UserPool.Id
		if err := fillDevices(ctx, p.database, pools[i], n/devicesPerUser); err != nil {
			return err
		}
	}
	best := make([]load, len(sizes))
	for round := range 2 { // in turns, and the better of two: the machine drifts
		for i, id := range pools {
			l, err := drive(ctx, p, 1, o.seconds, func(int) error {
				name := deviceOwner(mathrand.IntN(sizes[i] / devicesPerUser))
				return a.call(ctx, "AdminListDevices", object{"UserPoolId": id, "Username": name, "Limit": 60}, nil)
			})
			if err != nil {
				return err
			}
			if round == 0 || l.p50 < best[i].p50 {
				best[i] = l
			}
		}
	}
	out.line("AdminListDevices page", "p50 %v, p99 %v at %d devices, p50 %v, p99 %v at %d: %.2f x (goal 1.50)",
		best[0].p50.Round(time.Microsecond), best[0].p99.Round(time.Microsecond), sizes[0],
		best[1].p50.Round(time.Microsecond), best[1].p99.Round(time.Microsecond), sizes[1], float64(best[1].p50)/float64(best[0].p50))
	return nil
}

func deviceOwner(i int) string { return fmt.Sprintf("owner%07d", i) }

// fillDevices writes users with their devices straight into the store: by the API
// each would take a sign-in.
func fillDevices(ctx context.Context, database, poolID string, owners int) error {
	s, err := store.Open(ctx, store.Config{URL: database})
	if err != nil {
		return err
	}
	const batch = 20
	now := time.Now()
	for from := 0; from < owners && err == nil; from += batch {
		err = s.Update(ctx, func(tx *store.Tx) error {
			pool, err := tx.Pool(poolID)
			if err != nil {
				return err
			}
			for i := from; i < min(from+batch, owners); i++ {
				u := &model.User{
					PoolID: poolID, Sub: uuid.NewString(), Username: deviceOwner(i), Status: model.Confirmed, Enabled: true,
					CreatedAt: now, ModifiedAt: now,
				}
				if err := tx.CreateUser(pool, u, []store.Login{{Name: u.Username, Kind: "username"}}); err != nil {
					return err
				}
				for range devicesPerUser {
					d := &model.Device{
						PoolID: poolID, Sub: u.Sub, Key: "us-east-1_" + uuid.NewString(), GroupKey: "-0123456789", Name: "Chrome 142, Windows 10",
						Remembered: true, Secret: make([]byte, 640), KnownAs: "0123456789abcdef01234567", SDK: "aws-sdk-unknown-unknown",
						LastIP: "192.0.2.1", CreatedAt: now, ModifiedAt: now, AuthenticatedAt: now,
					}
					if err := tx.CreateDevice(d); err != nil {
						return err
					}
				}
			}
			return nil
		})
	}
	return errors.Join(err, s.Close())
}
