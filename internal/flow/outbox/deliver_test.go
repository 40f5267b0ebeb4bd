package outbox_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"strings"
	"testing"
	"time"

	"github.com/gatehouse-id/gatehouse/internal/base/report"
	"github.com/gatehouse-id/gatehouse/internal/base/store"
	"github.com/gatehouse-id/gatehouse/internal/flow/outbox"
	"github.com/gatehouse-id/gatehouse/internal/part/notify"
)

func TestDelivery(t *testing.T) {
	t.Run("is tried again, later and later, under the same id", func(t *testing.T) {
		mail := &sender{script: []error{errors.New("busy"), errors.New("busy"), errors.New("busy"), nil}}
		s := newStage(t, outbox.Config{Email: mail})
		s.post(annMail)
		var waits []time.Duration
		for range 3 {
			s.deliver()
			wait := s.Due().Sub(s.Clock())
			waits = append(waits, wait)
			if s.Pass(wait - time.Microsecond); s.deliver() != 0 {
				t.Fatal("sent before it was due")
			}
			s.Pass(time.Microsecond)
		}
		s.deliver()
		if !s.Due().IsZero() {
			t.Error("the outbox is not empty after the message was sent")
		}
		for i, around := range []time.Duration{time.Second, 5 * time.Second, 30 * time.Second} {
			if waits[i] < around*8/10 || waits[i] > around*12/10 {
				t.Errorf("wait %d: got %v, want about %v", i+1, waits[i], around)
			}
		}
		for _, m := range mail.got {
			if m.ID != mail.got[0].ID {
				t.Errorf("got id %s, then %s", mail.got[0].ID, m.ID)
			}
		}
	})
	t.Run("gives up at once on what nobody can deliver, and says nothing of what it says", func(t *testing.T) {
		var log bytes.Buffer
		mail := &sender{script: []error{fmt.Errorf("no such recipient: %w", notify.ErrPermanent)}}
		s := newStage(t, outbox.Config{Email: mail, Log: slog.New(slog.NewTextHandler(&log, nil))})
		s.post(annMail)
		s.deliver()
		if !s.Due().IsZero() {
			t.Error("the message still waits")
		}
		if !strings.Contains(log.String(), "message dropped") || strings.Contains(log.String(), secret) || strings.Contains(log.String(), annMail.To) {
			t.Errorf("got the log %q", log.String())
		}
	})
	t.Run("is pointless once its time is over", func(t *testing.T) {
		mail := &sender{script: []error{errors.New("busy")}}
		s := newStage(t, outbox.Config{Email: mail})
		s.post(annMail, func(l *outbox.Letter) { l.Until = s.Clock().Add(time.Hour).UnixMicro() })
		for range 20 {
			s.deliver()
			if s.Due().IsZero() {
				break
			}
			s.Pass(s.Due().Sub(s.Clock()))
		}
		if !s.Due().IsZero() {
			t.Error("the message still waits")
		}
		if n := len(mail.got); n < 4 || n > 8 {
			t.Errorf("got %d attempts within the hour", n)
		}
	})
	t.Run("survives a worker that dies with the message in hand", func(t *testing.T) {
		s := newStage(t, outbox.Config{})
		s.post(annMail)
		s.Update(func(tx *store.Tx) error {
			_, err := tx.Lease(s.Clock(), s.Clock().Add(time.Minute), 10)
			return err
		})
		if s.deliver(); len(s.Mails()) != 0 {
			t.Fatal("a message was sent that another worker holds")
		}
		s.Pass(time.Minute)
		if s.deliver(); len(s.Mails()) != 1 {
			t.Errorf("got %d messages, want 1", len(s.Mails()))
		}
	})
	t.Run("does not happen when the transaction does not", func(t *testing.T) {
		s := newStage(t, outbox.Config{})
		undo := errors.New("undo")
		err := s.Store.Update(t.Context(), func(tx *store.Tx) error {
			if err := s.outbox.Post(tx, poolID, annMail); err != nil {
				return err
			}
			return undo
		})
		if !errors.Is(err, undo) || s.deliver() != 0 {
			t.Errorf("got %v, and a message", err)
		}
	})
	t.Run("uses the sender of the channel", func(t *testing.T) {
		mail, sms := &sender{}, &sender{}
		s := newStage(t, outbox.Config{Email: mail, SMS: sms})
		s.post(annMail)
		s.post(annPhone)
		s.deliver()
		if len(mail.got) != 1 || mail.got[0].To != annMail.To || len(sms.got) != 1 || sms.got[0].To != annPhone.To {
			t.Errorf("got %v and %v", mail.got, sms.got)
		}
		for _, m := range append(mail.got, sms.got...) {
			if err := m.Check(); err != nil {
				t.Errorf("%v: %v", m, err)
			}
		}
	})
	t.Run("puts a message that was cut off by a shutdown first in line again", func(t *testing.T) {
		ctx, stop := context.WithCancel(t.Context())
		s := newStage(t, outbox.Config{Email: cutOff(stop)})
		s.post(annMail)
		if _, err := s.outbox.Deliver(ctx); err != nil {
			t.Fatal(err)
		}
		if !s.Due().Equal(s.Clock()) {
			t.Errorf("due at %v, want now, %v", s.Due(), s.Clock())
		}
	})
}

func TestCalls(t *testing.T) {
	call := outbox.Call{URL: "https://hooks.example.com/T0KEN", Body: []byte(`{"a":1}`), Secret: []byte("secret"), Kind: "Alert"}
	post := func(s *stage) {
		t.Helper()
		c := call
		c.Until = s.Clock().Add(time.Hour).UnixMicro()
		s.Update(func(tx *store.Tx) error { return s.outbox.PostCall(tx, poolID, c) })
	}
	t.Run("are made again under the same id until they are taken", func(t *testing.T) {
		hooks := &caller{script: []error{errors.New("busy"), nil}}
		s := newStage(t, outbox.Config{Caller: hooks})
		post(s)
		for range 2 {
			s.deliver()
			s.Pass(2 * time.Second)
		}
		if !s.Due().IsZero() || len(hooks.got) != 2 || hooks.got[0].ID != hooks.got[1].ID {
			t.Fatalf("got %d calls", len(hooks.got))
		}
		if got := hooks.got[1]; got.URL != call.URL || string(got.Body) != string(call.Body) || string(got.Secret) != "secret" {
			t.Error("the call is not the one that was posted")
		}
	})
	t.Run("are pointless once their time is over", func(t *testing.T) {
		hooks := &caller{}
		s := newStage(t, outbox.Config{Caller: hooks})
		post(s)
		s.Pass(time.Hour)
		if s.deliver(); len(hooks.got) != 0 || !s.Due().IsZero() {
			t.Errorf("got %d calls", len(hooks.got))
		}
	})
	t.Run("are sealed, and no letters", func(t *testing.T) {
		mail := &sender{}
		s := newStage(t, outbox.Config{Caller: &caller{}, Email: mail})
		post(s)
		s.Update(func(tx *store.Tx) error {
			rows, err := tx.Lease(s.Clock(), s.Clock(), 10)
			if err != nil || len(rows) != 1 {
				return fmt.Errorf("got %d rows, %w", len(rows), err)
			}
			n := rows[0]
			if bytes.Contains(n.Payload, []byte("T0KEN")) {
				t.Error("the outbox holds the URL in the clear")
			}
			n.Kind = "message"
			return errors.Join(tx.Done(n.ID), tx.Post(n))
		})
		if s.deliver(); len(mail.got) != 0 || s.Due().IsZero() {
			t.Errorf("got the letters %v; the outbox is empty: %t", mail.got, s.Due().IsZero())
		}
	})
}

func TestHowItWentIsCounted(t *testing.T) {
	meter := new(report.Meter)
	refused := fmt.Errorf("no: %w", notify.ErrPermanent)
	s := newStage(t, outbox.Config{Meter: meter, Email: &sender{script: []error{errors.New("busy"), refused}}})
	s.post(annMail)
	s.deliver()
	s.Pass(time.Minute)
	s.deliver()
	s.post(annPhone)
	s.post(annMail, func(l *outbox.Letter) { l.To = "" })
	s.deliver()
	s.post(annMail, func(l *outbox.Letter) { l.Until = s.Clock().UnixMicro() })
	s.deliver()
	got := map[string]int64{}
	for _, sample := range meter.Samples() {
		got[strings.Join(sample.Labels, " ")] = sample.N
	}
	want := map[string]int64{
		poolID + " SignUp put off": 1, poolID + " SignUp refused": 1, poolID + " SignUp sent": 1, poolID + " SignUp late": 1,
	}
	if !maps.Equal(got, want) {
		t.Errorf("got %v, want %v: a pretence counts for nothing", got, want)
	}
}

// cutOff is a sender during which the server stops.
type cutOff context.CancelFunc

func (stop cutOff) Send(ctx context.Context, _ notify.Message) error {
	stop()
	<-ctx.Done()
	return ctx.Err()
}

func TestRun(t *testing.T) {
	mail := &sender{sent: make(chan notify.Message, 100)}
	s := newStage(t, outbox.Config{Email: mail})
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan error)
	go func() { done <- s.outbox.Run(ctx) }()
	t.Run("delivers after each wake, more than a batch at once too", func(t *testing.T) {
		for _, n := range []int{1, 70} {
			s.Update(func(tx *store.Tx) error {
				for range n {
					if err := s.outbox.Post(tx, poolID, s.fresh(annMail)); err != nil {
						return err
					}
				}
				return nil
			})
			s.outbox.Wake()
			s.outbox.Wake() // never blocks
			for range n {
				<-mail.sent
			}
		}
	})
	t.Run("ends with its context", func(t *testing.T) {
		stop()
		if err := <-done; err != nil {
			t.Errorf("got %v", err)
		}
	})
}
