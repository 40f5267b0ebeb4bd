package scene

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/gatehouse-id/gatehouse/internal/base/model"
	"github.com/gatehouse-id/gatehouse/internal/base/store"
	"github.com/gatehouse-id/gatehouse/internal/flow/outbox"
)

// ledger is what a server left behind, and how much of it the story told.
//
// Events and users are read from the tables themselves: the event of a sign-up
// that was refused belongs to nobody, and no operation shows it.
type ledger struct {
	db    *sql.DB
	store *store.Store

	turns  int // requests so far
	events []entry[model.Event]
	mails  []entry[model.Mail]
	users  []entry[string] // by sub
}

// entry is one thing that came to be.
type entry[T any] struct {
	is   T
	text string // what it is, for comparison and for errors
	turn int    // the request after which it was found
	told bool
}

func (e entry[T]) String() string { return e.text }

func openLedger(database string, s *store.Store) (*ledger, error) {
	driver, name := "pgx", database
	if path, ok := strings.CutPrefix(database, "sqlite:"); ok {
		driver, name = "sqlite", "file:"+path+"?mode=ro&_pragma=busy_timeout(10000)"
	}
	db, err := sql.Open(driver, name)
	if err != nil {
		return nil, fmt.Errorf("open the ledger: %w", err)
	}
	db.SetMaxOpenConns(1)
	return &ledger{db: db, store: s}, nil
}

func (l *ledger) close() error { return l.db.Close() }

// turn begins a request.
func (l *ledger) turn() { l.turns++ }

// look delivers what waits in the outbox and enters what is new.
func (l *ledger) look(ctx context.Context, box *outbox.Outbox) error {
	for {
		n, err := box.Deliver(ctx)
		if err != nil {
			return fmt.Errorf("deliver messages: %w", err)
		}
		if n == 0 {
			break
		}
	}
	if err := l.lookForMails(ctx); err != nil {
		return fmt.Errorf("read the mailbox: %w", err)
	}
	if err := l.lookForEvents(ctx); err != nil {
		return fmt.Errorf("read events: %w", err)
	}
	if err := l.lookForUsers(ctx); err != nil {
		return fmt.Errorf("read users: %w", err)
	}
	return nil
}

func enter[T any](list *[]entry[T], turn int, is T, text string) {
	if !slices.ContainsFunc(*list, func(e entry[T]) bool { return e.text == text }) {
		*list = append(*list, entry[T]{is: is, text: text, turn: turn})
	}
}

func (l *ledger) lookForMails(ctx context.Context) error {
	const most = 1000
	return l.store.View(ctx, func(tx *store.Tx) error {
		mails, err := tx.Mails("", most)
		for _, m := range slices.Backward(mails) {
			enter(&l.mails, l.turns, *m, fmt.Sprintf("mail %s to %s: %s %s", m.ID, m.To, m.Subject, m.Text))
		}
		return err
	})
}

func (l *ledger) lookForEvents(ctx context.Context) error {
	rows, err := l.db.QueryContext(ctx, `SELECT sub, id, type, response, detail FROM event ORDER BY created_at, id`)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var e model.Event
		var detail []byte
		if err := rows.Scan(&e.Sub, &e.ID, &e.Type, &e.Response, &detail); err != nil {
			return err
		}
		if err := json.Unmarshal(detail, &e.Detail); err != nil {
			return err
		}
		asked := e.Detail
		asked.Feedback = nil // an answer about an event is no other event: lists tell it
		if detail, err = json.Marshal(asked); err != nil {
			return err
		}
		enter(&l.events, l.turns, e, fmt.Sprintf("event %s %s of %s: %s %s", e.Type, e.Response, e.Sub, e.ID, detail))
	}
	return rows.Err()
}

func (l *ledger) lookForUsers(ctx context.Context) error {
	rows, err := l.db.QueryContext(ctx, `SELECT sub, username FROM users`)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var sub, name string
		if err := rows.Scan(&sub, &name); err != nil {
			return err
		}
		enter(&l.users, l.turns, sub, fmt.Sprintf("user %s, named %s", sub, name))
	}
	return rows.Err()
}

// know tells of a user.
func (l *ledger) know(sub string) {
	for i := range l.users {
		l.users[i].told = l.users[i].told || l.users[i].is == sub
	}
}

// forget tells of everything so far that belongs to a user, and of every message.
func (l *ledger) forget(sub string) {
	l.know(sub)
	for i := range l.events {
		l.events[i].told = l.events[i].told || l.events[i].is.Sub == sub
	}
	for i := range l.mails {
		l.mails[i].told = true
	}
}

// untold lists what the story did not tell of.
func untold[T any](list []entry[T]) (texts []string) {
	for _, e := range list {
		if !e.told {
			texts = append(texts, e.text)
		}
	}
	return texts
}

// event finds an event that the last request left.
func (w *world) event(_ context.Context, rest string) error {
	words := strings.Fields(rest)
	if len(words) < 2 {
		return fmt.Errorf("want a type and a response")
	}
	if last := words[len(words)-1]; strings.Contains(last, "/") {
		// Password/Success,Mfa/Failure
		return w.eventWith(words[:len(words)-1], last)
	}
	return w.eventWith(words, "")
}

// eventWith finds an event that the last request left, with these results of its challenges unless they are empty.
func (w *world) eventWith(words []string, results string) error {
	l := w.ledger
	for i := range l.events {
		e := &l.events[i]
		if e.told || e.turn != l.turns || string(e.is.Type) != words[0] || string(e.is.Response) != words[1] {
			continue
		}
		d := e.is.Detail
		if tells(words[2:], d) && (results == "" || results == challenges(d)) {
			e.told = true
			return nil
		}
	}
	return fmt.Errorf("got:  %s", strings.Join(untold(l.events), "\n      "))
}

// tells tells whether an event is what the words say. What is found out about a
// password is always to be told; the rest where the story cares.
func tells(words []string, d model.EventDetail) bool {
	risk := d.Risk
	if risk == nil {
		risk = new(model.RiskDetail)
	}
	has := func(word string) bool { return slices.Contains(words, word) }
	if d.Compromised != has("CompromisedCredentials") || d.Flagged != has("Flagged") || (d.Unchecked != "") != has("Unchecked") ||
		has("Block") && d.RiskDecision != "Block" || d.Abandoned != has("Abandoned") {
		return false
	}
	for _, word := range words {
		name, value, _ := strings.Cut(word, "=")
		ok := true
		switch name {
		case "by":
			ok = d.Matched == value
		case "risk":
			ok = d.RiskLevel == value || value == "None" && d.RiskLevel == "" && d.Risk != nil
		case "decision":
			ok = d.RiskDecision == value
		case "action":
			ok = string(risk.Action) == value
		case "locked":
			ok = !d.LockedUntil.IsZero()
		case "reason":
			for code := range strings.SplitSeq(value, ",") {
				ok = ok && slices.ContainsFunc(risk.Reasons, func(r model.RiskReason) bool { return r.Code == code })
			}
		case "shadow":
			ok = slices.ContainsFunc(risk.Shadows, func(v model.ShadowVerdict) bool {
				return v.Name+":"+v.Level+":"+string(v.Action) == value
			})
		}
		if !ok {
			return false
		}
	}
	return true
}

// challenges is what an event tells of its challenges.
func challenges(d model.EventDetail) string {
	var list []string
	for _, c := range d.Challenges {
		list = append(list, c.Name+"/"+c.Response)
	}
	return strings.Join(list, ",")
}

var sixDigits = regexp.MustCompile(`\b\d{6}\b`)

// mail reads the newest message to an address.
func (w *world) mail(_ context.Context, rest string) error {
	to, pattern := word(rest)
	l := w.ledger
	for i := len(l.mails) - 1; i >= 0; i-- {
		m := &l.mails[i]
		if m.told || m.is.To != to {
			continue
		}
		m.told = true
		if pattern == "" {
			w.vars["code"] = sixDigits.FindString(m.is.Text)
			return nil
		}
		caught, err := w.matchPattern(pattern, m.is.Text)
		if err != nil {
			return fmt.Errorf("got:  %s\n%w", m, err)
		}
		for name, value := range caught {
			w.vars[name] = value
		}
		return nil
	}
	return fmt.Errorf("got:  %s", strings.Join(untold(l.mails), "\n      "))
}

// no asserts that something is not there: user NAME, mail, event.
func (w *world) no(ctx context.Context, rest string) error {
	what, rest := word(rest)
	var got []string
	switch what {
	case "user":
		return w.noUser(ctx, rest)
	case "mail":
		got = untold(w.ledger.mails)
	case "event":
		got = untold(w.ledger.events)
	default:
		return fmt.Errorf("want user, mail or event")
	}
	if got != nil {
		return fmt.Errorf("got:  %s", strings.Join(got, "\n      "))
	}
	return nil
}

// nothing asserts that the story told of everything.
func (w *world) nothing(_ context.Context, rest string) error {
	if rest != "else" {
		return fmt.Errorf("want nothing else")
	}
	l := w.ledger
	if got := slices.Concat(untold(l.events), untold(l.mails), untold(l.users)); got != nil {
		return fmt.Errorf("got:  %s", strings.Join(got, "\n      "))
	}
	return nil
}
