package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"text/tabwriter"

	"github.com/gatehouse-id/gatehouse/risk"
)

type riskExplainCmd struct {
	Input riskInput `embed:""`
	Line  int       `required:"" placeholder:"N" help:"The event to explain, by the number of its line."`
}

// Run judges all events before the one, and then that one in full.
func (c *riskExplainCmd) Run(ctx context.Context, std streams) error {
	if c.Line < 1 {
		return fmt.Errorf("--line %d: lines are counted from 1", c.Line)
	}
	found := false
	err := c.Input.each(ctx, func(j *riskJudge, e *riskEvent, number int) error {
		if number < c.Line {
			var passed risk.Assessment
			j.take(e, &passed)
			return nil
		}
		found = true
		return errors.Join(j.explain(std.out, e), errStop)
	})
	if err == nil && !found {
		return fmt.Errorf("%s has no line %d", c.Input.Events, c.Line)
	}
	return err
}

// errStop ends each without being an error of it.
var errStop = errors.New("enough")

// each reads the events one after the other.
func (c riskInput) each(ctx context.Context, fn func(j *riskJudge, e *riskEvent, number int) error) (err error) {
	judge, err := c.judge()
	if err != nil {
		return err
	}
	in, err := c.open()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, in.Close()) }()
	w, lines, b := newWorkshop(judge.places), lineBlocks{in: in}, new(scored)
	for number := 1; ; number += len(b.events) {
		if b.text, b.failed = lines.next(b.text); errors.Is(b.failed, io.EOF) {
			return ctx.Err()
		}
		w.parse(b)
		for i := range b.events {
			e := &b.events[i]
			if e.err != nil {
				return fmt.Errorf("%s:%d: %w", c.Events, number+i, e.err)
			}
			if err := fn(judge, e, number+i); err != nil {
				if errors.Is(err, errStop) {
					return nil
				}
				return err
			}
		}
		if b.failed != nil {
			return fmt.Errorf("read events: %s:%d: %w", c.Events, number, b.failed)
		}
		if err := ctx.Err(); err != nil {
			return err
		}
	}
}

// explain tells everything about one event.
func (j *riskJudge) explain(to io.Writer, e *riskEvent) error {
	p := j.profiles[e.attempt.User]
	a := j.engine.Assess(&e.attempt, p, j.world)
	var out bytes.Buffer
	fmt.Fprintf(&out, "level %s, score %.3f, scale %d; by the evidence alone %s, %.3f\n", a.Level, a.Score, a.Scale, a.EvidenceLevel, a.Evidence)
	fmt.Fprintf(&out, "identity %.3f, campaign %.3f\n", a.Identity, a.Campaign)
	if a.Cold {
		fmt.Fprintln(&out, "nothing is known of this user yet: only the campaign channel speaks")
	}
	if fact, level := j.engine.Counterfactual(&e.attempt, p, j.world); fact != "" {
		fmt.Fprintf(&out, "would be %s, %s\n", level, fact)
	}
	table := tabwriter.NewWriter(&out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "\nREASON\tNATS\tAT LEAST\tFOR ADMINISTRATORS\tFOR THE USER")
	reasons := a.Reasons()
	for i := range reasons {
		r, floor := &reasons[i], ""
		if r.Floor > risk.None {
			floor = r.Floor.String()
		}
		fmt.Fprintf(table, "%s\t%+.2f\t%s\t%s\t%s\n", r.Code, r.Nats, floor, r.Text(), r.UserText())
	}
	fmt.Fprintln(table, "\nSIGNAL\tVALUE\tDETECTOR\tCHANNEL\tMEANS")
	for f, x := range a.Features {
		if info := &risk.FeatureTable[f]; x != 0 {
			fmt.Fprintf(table, "%s\t%.2f\t%s\t%s\t%s\n", info.Name, x, info.Detector, info.Channel, info.Meaning)
		}
	}
	if err := table.Flush(); err != nil {
		return err
	}
	if off := a.Off; off != 0 {
		fmt.Fprintf(&out, "\nswitched off: %v\n", off)
	}
	_, err := to.Write(out.Bytes())
	return err
}
