package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	mathrand "math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/gatehouse-id/gatehouse/internal/base/model"
	"github.com/gatehouse-id/gatehouse/internal/base/store"
)

// eventsPerUser is what a user leaves behind in two years of signing in weekly.
const eventsPerUser = 100

// measureEvents compares a page of AdminListUserAuthEvents where few events are
// stored with one where many are, each time of a user picked at random: the page
// of a busy user would be in memory at any size.
func measureEvents(ctx context.Context, o options, out figures) error {
	var shelves []*shelf
	defer func() {
		for _, s := range shelves {
			s.close() //nolint:errcheck // the figures are told by now
		}
	}()
	for word := range strings.SplitSeq(o.events, ",") {
		n, err := strconv.Atoi(word)
		if err != nil || n < eventsPerUser {
			return fmt.Errorf("-events: %q is no number from %d", word, eventsPerUser)
		}
		s, err := openShelf(ctx, o, n)
		if err != nil {
			return err
		}
		shelves = append(shelves, s)
		out.line(fmt.Sprintf("%d events of %d users", n, len(s.subs)), "stored at %.0f/s, %d bytes each", float64(n)/s.took.Seconds(), s.bytes/int64(n))
	}
	best := make([]load, len(shelves))
	for round := range 3 { // in turns, and the best of three: the machine drifts
		for i, s := range shelves {
			l, err := drive(ctx, s.process, 1, o.seconds, func(int) error { return s.list(ctx) })
			if err != nil {
				return err
			}
			if round == 0 || l.p99 < best[i].p99 {
				best[i] = l
			}
		}
	}
	for i, s := range shelves {
		ratio := ""
		if i > 0 {
			ratio = fmt.Sprintf(", p99 %.2f x the first (goal 1.50), p50 %.2f x", float64(best[i].p99)/float64(best[0].p99), float64(best[i].p50)/float64(best[0].p50))
		}
		out.line(fmt.Sprintf("page of 60 events, %d stored", s.events), "p50 %v, p99 %v, server CPU %v%s",
			best[i].p50.Round(10*time.Microsecond), best[i].p99.Round(10*time.Microsecond), best[i].cpuPerCall().Round(time.Microsecond), ratio)
	}
	return nil
}

// shelf is a server whose database holds so many events.
type shelf struct {
	*process
	data   string
	api    *api
	pool   string
	subs   []string
	events int
	took   time.Duration // to store them
	bytes  int64         // that the database takes; 0 where it is no file
}

func openShelf(ctx context.Context, o options, n int) (s *shelf, err error) {
	s = &shelf{events: n}
	if s.data, err = os.MkdirTemp("", "gatehouse-bench"); err != nil {
		return nil, err
	}
	if s.process, err = start(ctx, o, s.data); err != nil {
		return nil, errors.Join(err, os.RemoveAll(s.data))
	}
	s.api = newAPI(s.url)
	var made struct{ UserPool struct{ Id string } }
	err = s.api.call(ctx, "CreateUserPool", object{
		"PoolName": fmt.Sprint(n), "UserPoolTier": "PLUS", "UserPoolAddOns": object{"AdvancedSecurityMode": "AUDIT"},
	}, &made)
	s.pool = made.UserPool.Id
	database := o.database
	if database == "" {
		database = "sqlite:" + filepath.Join(s.data, "gatehouse.db")
	}
	if err == nil {
		err = s.fill(ctx, database)
	}
	if err != nil {
		return nil, errors.Join(err, s.close())
	}
	for _, file := range []string{"gatehouse.db", "gatehouse.db-wal"} {
		if info, err := os.Stat(filepath.Join(s.data, file)); err == nil {
			s.bytes += info.Size()
		}
	}
	return s, nil
}

func (s *shelf) close() error { return errors.Join(s.stop(), os.RemoveAll(s.data)) }

// list asks for the newest page of any user.
func (s *shelf) list(ctx context.Context) error {
	var page struct{ AuthEvents []struct{ EventId string } }
	sub := s.subs[mathrand.IntN(len(s.subs))]
	err := s.api.call(ctx, "AdminListUserAuthEvents", object{"UserPoolId": s.pool, "Username": sub, "MaxResults": 60}, &page)
	if err == nil && len(page.AuthEvents) != 60 {
		err = fmt.Errorf("a page of %d events", len(page.AuthEvents))
	}
	return err
}

// fill stores the users, and their events in the order of time: those of one user lie far apart.
func (s *shelf) fill(ctx context.Context, database string) error {
	db, err := store.Open(ctx, store.Config{URL: database})
	if err != nil {
		return err
	}
	begin := time.Now().AddDate(-2, 0, 0)
	every := time.Since(begin) / time.Duration(s.events)
	for range s.events / eventsPerUser {
		s.subs = append(s.subs, uuid.NewString())
	}
	err = inSteps(ctx, db, len(s.subs), func(tx *store.Tx, i int) error {
		p, err := tx.Pool(s.pool)
		if err != nil {
			return err
		}
		return tx.CreateUser(p, &model.User{
			PoolID: s.pool, Sub: s.subs[i], Username: s.subs[i], Status: model.Confirmed, Enabled: true,
			Attributes: map[string]string{}, CreatedAt: begin, ModifiedAt: begin,
		}, nil)
	})
	before := time.Now()
	if err == nil {
		err = inSteps(ctx, db, s.events, func(tx *store.Tx, i int) error {
			e, err := anEvent(s.pool, s.subs[i%len(s.subs)], begin.Add(time.Duration(i)*every), i)
			if err != nil {
				return err
			}
			return tx.SaveEvent(e)
		})
	}
	s.took = time.Since(before)
	return errors.Join(err, db.Close())
}

// inSteps runs fn for each number below n, many of them in one transaction.
func inSteps(ctx context.Context, db *store.Store, n int, fn func(*store.Tx, int) error) error {
	const step = 2000
	for from := 0; from < n; from += step {
		err := db.Update(ctx, func(tx *store.Tx) error {
			for i := from; i < min(from+step, n); i++ {
				if err := fn(tx, i); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// anEvent is a sign-in as the server records it, with its explanation.
func anEvent(pool, sub string, at time.Time, n int) (*model.Event, error) {
	id, err := model.NewEventID(at, rand.Reader)
	if err != nil {
		return nil, err
	}
	reason := func(code string, nats float32, text, user string) model.RiskReason {
		return model.RiskReason{Code: code, Nats: nats, Value: 1, Baseline: 0.25, Text: text, UserText: user}
	}
	return &model.Event{
		PoolID: pool, Sub: sub, ID: id, ClientID: "3n4b5urk1ft4fl3mg5e62d9ado", Type: model.EventSignIn, Response: model.EventPass, CreatedAt: at,
		Detail: model.EventDetail{
			RiskDecision: "NoRisk", IP: fmt.Sprintf("198.51.%d.%d", n>>8&255, n&255),
			UserAgent:  "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36",
			DeviceName: "Chrome 126, Windows 10", City: "Bellevue", Country: "United States",
			Challenges: []model.ChallengeResult{{Name: "Password", Response: "Success"}},
			Risk: &model.RiskDetail{
				Level: "none", Score: -6.907777827917156, Scale: 439, Evidence: -6.907777827917156, Action: model.NoAction, Weights: "trained on bench/risk",
				Reasons: []model.RiskReason{
					reason("KNOWN_ADDRESS", -1.1669033, "an address of the user's", ""),
					reason("MISSING_DEVICE", 0.7761408, "no device key, where one would be usual", "a new device"),
					reason("STATISTICAL_ANOMALY", 0.29396003, "1 of 6 things are new at once", ""),
				},
			},
		},
	}, nil
}
