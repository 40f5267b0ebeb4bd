package main

import (
	"bytes"
	"context"
	"fmt"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/gatehouse-id/gatehouse/internal/base/model"
	"github.com/gatehouse-id/gatehouse/internal/flow/threat"
	"github.com/gatehouse-id/gatehouse/internal/server"
)

// oneEvent is the event that a command is about.
type oneEvent struct {
	Storage storageSettings `embed:"" group:"Storage"`
	Pool    string          `required:"" placeholder:"ID" help:"The pool."`
	Event   string          `arg:"" help:"The event's id: the claim event_id of the tokens, EventId in lists."`
}

type threatExplainCmd struct {
	oneEvent `embed:""`
}

// Run explains an event.
func (c *threatExplainCmd) Run(ctx context.Context, src *sources, std streams) error {
	return c.Storage.with(ctx, src, func(parts *server.Parts) error {
		told, err := threat.NewHistory(parts.Store, time.Now).Find(ctx, c.Pool, c.Event)
		if err != nil {
			return err
		}
		var out bytes.Buffer
		tellEvent(&out, told)
		tellRisk(&out, told.Event.Detail.Risk)
		tellAnswers(&out, told.Answers)
		_, err = std.out.Write(out.Bytes())
		return err
	})
}

// tellEvent says what happened.
func tellEvent(out *bytes.Buffer, told *threat.Told) {
	e := &told.Event
	d := &e.Detail
	fmt.Fprintf(out, "%s %s at %s\n", e.Type, e.Response, e.CreatedAt.UTC().Format(time.DateTime))
	whose := told.Username
	if whose == "" {
		whose = "nobody who is here"
	}
	fmt.Fprintf(out, "user: %s, sub %s; app client: %s\n", cell(whose), e.Sub, cell(e.ClientID))
	fmt.Fprintf(out, "from: %s, %s; %s; clock %s\n", cell(d.IP), cell(whereabouts(d)), cell(d.DeviceName), cell(d.Timezone))
	var answered []string
	for _, r := range d.Challenges {
		answered = append(answered, r.Name+" "+r.Response)
	}
	fmt.Fprintf(out, "challenges: %s\n", cell(strings.Join(answered, ", ")))
	fmt.Fprintf(out, "decision: %s, level %s\n", cell(d.RiskDecision), cell(levelWord(d)))
	if !d.LockedUntil.IsZero() {
		fmt.Fprintf(out, "the failure locked until %s\n", d.LockedUntil.UTC().Format(time.DateTime))
	}
	if d.Compromised {
		fmt.Fprintf(out, "the password is known to be leaked, found by %s\n", cell(d.Matched))
	}
	if d.Unchecked != "" {
		fmt.Fprintf(out, "the password could not be looked up: %s\n", cell(d.Unchecked))
	}
}

// tellRisk says why.
func tellRisk(out *bytes.Buffer, r *model.RiskDetail) {
	if r == nil {
		fmt.Fprintln(out, "the attempt was not judged")
		return
	}
	if r.Skipped {
		fmt.Fprintln(out, "the address is on the list of those that are not judged")
		return
	}
	fmt.Fprintf(out, "score %.3f, scale %d; by the evidence alone %.3f; weights: %s\n", r.Score, r.Scale, r.Evidence, cell(r.Weights))
	action := string(r.Action)
	if r.Learning {
		action += ", because the user is still being learned"
	}
	fmt.Fprintf(out, "action: %s\n", cell(action))
	if r.Notified {
		fmt.Fprintln(out, "the user was to be told")
	}
	if r.Fact != "" {
		fmt.Fprintf(out, "would be %s, had the user been known for this %s\n", cell(r.FactLevel), cell(r.Fact))
	}
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "\nREASON\tNATS\tSEEN\tUSUAL\tAT LEAST\tFOR ADMINISTRATORS\tFOR THE USER")
	for _, x := range r.Reasons {
		fmt.Fprintf(table, "%s\t%+.2f\t%.4g\t%.4g\t%s\t%s\t%s\n", cell(x.Code), x.Nats, x.Value, x.Baseline, cell(x.Floor), cell(x.Text), cell(x.UserText))
	}
	if len(r.Shadows) > 0 {
		fmt.Fprintln(table, "\nSHADOW\tLEVEL\tSCORE\tACTION")
	}
	for _, s := range r.Shadows {
		fmt.Fprintf(table, "%s\t%s\t%.3f\t%s\n", cell(s.Name), cell(s.Level), s.Score, cell(string(s.Action)))
	}
	table.Flush() //nolint:errcheck // a buffer
	if len(r.Off) > 0 {
		fmt.Fprintf(out, "\nswitched off: %s\n", cell(strings.Join(r.Off, " ")))
	}
}

// tellAnswers says who answered, and what that changed.
func tellAnswers(out *bytes.Buffer, list []threat.Answered) {
	for _, a := range list {
		fmt.Fprintf(out, "\n%s by %s at %s", cell(a.Value), cell(a.Provider), a.At.UTC().Format(time.DateTime))
		if !a.UndoneAt.IsZero() {
			fmt.Fprintf(out, ", taken back at %s", a.UndoneAt.UTC().Format(time.DateTime))
		}
		fmt.Fprintln(out)
		table := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
		fmt.Fprintln(table, "CHANGED\tOF\tBEFORE\tAFTER")
		for _, m := range a.Change.Marks {
			fmt.Fprintf(table, "%s\t%s\t%.2f\t%.2f\n", cell(m.Where), cell(m.What), m.Before, m.After)
		}
		table.Flush() //nolint:errcheck // a buffer
	}
}

type threatUndoCmd struct {
	oneEvent `embed:""`
}

// Run takes an answer back.
func (c *threatUndoCmd) Run(ctx context.Context, src *sources, std streams) error {
	return c.Storage.with(ctx, src, func(parts *server.Parts) error {
		judge := threat.New(threat.Config{Store: parts.Store, Ring: parts.Ring})
		was, err := threat.NewFeedback(judge).Undo(ctx, c.Pool, c.Event)
		if err != nil {
			return err
		}
		_, err = fmt.Fprintf(std.out, "took back %s by %s of %s\n", cell(was.Value), cell(was.Provider), was.At.UTC().Format(time.DateTime))
		return err
	})
}
