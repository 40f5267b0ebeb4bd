package main

import (
	"context"
	"errors"
	"fmt"
	"text/tabwriter"
	"time"

	"github.com/gatehouse-id/gatehouse/internal/base/fault"
	"github.com/gatehouse-id/gatehouse/internal/base/model"
	"github.com/gatehouse-id/gatehouse/internal/flow/threat"
	"github.com/gatehouse-id/gatehouse/internal/part/fingerprint"
	"github.com/gatehouse-id/gatehouse/internal/server"
)

type threatCmd struct {
	Events  threatEventsCmd  `cmd:"" help:"List the events of a user, the newest first."`
	Explain threatExplainCmd `cmd:"" help:"Say why an event was rated as it was, and what answers about it changed."`
	Replay  threatReplayCmd  `cmd:"" help:"Tell what another policy would have done with the recorded past."`
	Undo    threatUndoCmd    `cmd:"" help:"Take back what the answer that stands about an event changed."`
}

// with runs fn on the configured database. A refusal reads as a sentence here,
// without the name that it has on the wire.
func (s storageSettings) with(ctx context.Context, src *sources, fn func(*server.Parts) error) (err error) {
	parts, err := s.openExisting(ctx, src)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, parts.Close()) }()
	err = fn(parts)
	if f, ok := fault.As(err); ok {
		err = errors.New(f.Message)
	}
	return err
}

type threatEventsCmd struct {
	Storage storageSettings `embed:"" group:"Storage"`
	Pool    string          `required:"" placeholder:"ID" help:"The pool."`
	User    string          `required:"" placeholder:"NAME" help:"The user, by any name or by the sub."`
	Limit   int             `default:"20" help:"How many events are listed, 1 to 1000."`
}

// Run lists events.
func (c *threatEventsCmd) Run(ctx context.Context, src *sources, std streams) error {
	return c.Storage.with(ctx, src, func(parts *server.Parts) error {
		list, err := threat.NewHistory(parts.Store, time.Now).All(ctx, c.Pool, c.User, model.Event{}, min(max(c.Limit, 1), 1000))
		if err != nil {
			return err
		}
		table := tabwriter.NewWriter(std.out, 0, 0, 2, ' ', 0)
		fmt.Fprintln(table, "TIME\tTYPE\tRESPONSE\tLEVEL\tACTION\tPLACE\tADDRESS\tDEVICE\tREASONS\tEVENT")
		for i := range list {
			e := &list[i]
			d := &e.Detail
			fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\n",
				e.CreatedAt.UTC().Format(time.DateTime), e.Type, e.Response, cell(levelWord(d)), cell(actionWord(d)),
				cell(whereabouts(d)), cell(d.IP), cell(d.DeviceName), cell(reasonWords(d)), e.ID)
		}
		return table.Flush()
	})
}

// cell is a text in a table; a dash where there is none.
func cell(text string) string {
	if text = fingerprint.Printable(text, 200); text == "" {
		return "-"
	}
	return text
}

func levelWord(d *model.EventDetail) string {
	switch {
	case d.RiskLevel != "":
		return d.RiskLevel
	case d.Risk != nil:
		return "none"
	}
	return ""
}

// actionWord is what followed.
func actionWord(d *model.EventDetail) string {
	switch {
	case d.RiskDecision == "Block":
		return "blocked"
	case d.Flagged:
		return "flagged"
	case d.Risk != nil && d.Risk.Action != model.NoAction:
		return string(d.Risk.Action)
	}
	return ""
}

func whereabouts(d *model.EventDetail) string {
	if d.City == "" || d.Country == "" {
		return d.City + d.Country
	}
	return d.City + ", " + d.Country
}

// reasonWords are what spoke against the user, the strongest first.
func reasonWords(d *model.EventDetail) string {
	const most = 3
	text, n := "", 0
	add := func(word string) {
		if n++; n > most {
			return
		}
		if text != "" {
			text += " "
		}
		text += word
	}
	if d.Compromised {
		add("LEAKED_PASSWORD")
	}
	if d.Risk != nil {
		for _, r := range d.Risk.Reasons {
			if r.Nats > 0 || r.Floor != "" {
				add(r.Code)
			}
		}
	}
	if n > most {
		text += fmt.Sprintf(" +%d", n-most)
	}
	return text
}
