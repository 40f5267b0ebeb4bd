package main

import (
	"bytes"
	"context"
	"fmt"
	"math"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/gatehouse-id/gatehouse/internal/base/wire"
	"github.com/gatehouse-id/gatehouse/internal/flow/threat"
	"github.com/gatehouse-id/gatehouse/internal/part/geo"
	"github.com/gatehouse-id/gatehouse/internal/server"
	"github.com/gatehouse-id/gatehouse/risk"
)

type threatReplayCmd struct {
	Storage        storageSettings `embed:"" group:"Storage"`
	Pool           string          `required:"" placeholder:"ID" help:"The pool."`
	Client         string          `placeholder:"ID" help:"An app client of the pool, whose policy the candidate would be. Unset: it would be the pool's."`
	Policy         string          `required:"" placeholder:"FILE" help:"The candidate: YAML or JSON, - for standard input."`
	Since          days            `default:"30d" help:"How far back events are counted, as 12h or 30d. Older ones are learned from."`
	List           int             `default:"20" help:"How many events are listed on which the two differ, 0 to 10000."`
	JSON           bool            `name:"json" help:"Print a document instead of tables."`
	RiskNoDefaults bool            `help:"As the server's setting: an absent section of a risk configuration has no effect."`

	Places geoSettings `embed:"" group:"Places and networks, as the server has them"`
}

// days is a duration that may be given in days.
type days time.Duration

// UnmarshalText reads 12h, 90m or 30d.
func (d *days) UnmarshalText(text []byte) error {
	number, inDays := strings.CutSuffix(string(text), "d")
	if inDays {
		number += "h"
	}
	got, err := time.ParseDuration(number)
	unit := time.Duration(1)
	if inDays {
		unit = 24 // of the hours above
	}
	if err != nil || got < 0 || got > math.MaxInt64/unit {
		return fmt.Errorf("%.40q is no duration such as 12h or 30d", text)
	}
	*d = days(got * unit)
	return nil
}

// Run replays the recorded past by another policy.
func (c *threatReplayCmd) Run(ctx context.Context, src *sources, std streams) error {
	policy, err := readPolicy(c.Policy)
	if err != nil {
		return err
	}
	places, err := geo.New(c.Places.config())
	if err != nil {
		return fmt.Errorf("open files of places and networks: %w", err)
	}
	return c.Storage.with(ctx, src, func(parts *server.Parts) error {
		judge := threat.New(threat.Config{Store: parts.Store, Ring: parts.Ring, Places: places, NoDefaults: c.RiskNoDefaults})
		since := time.Now().Add(-time.Duration(c.Since))
		got, err := judge.Replay(ctx, threat.Replay{
			Place: threat.Place{PoolID: c.Pool, ClientID: c.Client}, Policy: policy, Since: since, Differences: min(max(c.List, 0), 10_000),
		})
		if err != nil {
			return err
		}
		if c.JSON {
			_, err = std.out.Write(append(wire.Must(got), '\n'))
			return err
		}
		_, err = std.out.Write(tellReplay(got, since))
		return err
	})
}

var levels = [...]risk.Level{risk.None, risk.Low, risk.Medium, risk.High}

// tellReplay writes the difference as people read it.
func tellReplay(r *threat.Replayed, since time.Time) []byte {
	var out bytes.Buffer
	fmt.Fprintf(&out, "%d sign-ins of %d users since %s; %d other events were learned from\n\n", r.Judged, r.Users, since.UTC().Format(time.DateTime), r.Learned)
	if r.Judged == 0 {
		return out.Bytes()
	}
	table := tabwriter.NewWriter(&out, 0, 0, 2, ' ', 0)
	share := func(n int) string { return fmt.Sprintf("%d (%.2f %%)", n, 100*float64(n)/float64(r.Judged)) }
	fmt.Fprintln(table, "\tNOW\tCANDIDATE")
	for _, l := range levels {
		fmt.Fprintf(table, "level %v\t%s\t%s\n", l, share(r.Live.Levels[l]), share(r.Candidate.Levels[l]))
	}
	fmt.Fprintf(table, "second factor asked for\t%s\t%s\n", share(r.Live.Challenged), share(r.Candidate.Challenged))
	fmt.Fprintf(table, "blocked\t%s\t%s\n", share(r.Live.Blocked), share(r.Candidate.Blocked))
	fmt.Fprintf(table, "stopped by this one alone\t%d\t%d\n", r.OnlyLive, r.OnlyCandidate)
	table.Flush() //nolint:errcheck // it writes to memory
	fmt.Fprintf(&out, "\nusers for whom something is different: %d\n", r.Touched)
	if len(r.Differences) == 0 {
		return out.Bytes()
	}
	fmt.Fprintln(&out)
	fmt.Fprintln(table, "TIME\tUSER\tNOW\tCANDIDATE\tEVENT")
	for _, d := range r.Differences {
		fmt.Fprintf(table, "%s\t%s\t%v %s\t%v %s\t%s\n", d.At.UTC().Format(time.DateTime), d.Sub,
			d.Live.Level, d.Live.Action, d.Candidate.Level, d.Candidate.Action, d.EventID)
	}
	table.Flush() //nolint:errcheck // likewise
	return out.Bytes()
}
