package notice_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/gatehouse-id/gatehouse/internal/base/model"
	"github.com/gatehouse-id/gatehouse/internal/base/seal"
	"github.com/gatehouse-id/gatehouse/internal/base/seal/sealtest"
	"github.com/gatehouse-id/gatehouse/internal/base/shape"
	"github.com/gatehouse-id/gatehouse/internal/base/store"
	"github.com/gatehouse-id/gatehouse/internal/base/store/storetest"
	"github.com/gatehouse-id/gatehouse/internal/flow/notice"
	"github.com/gatehouse-id/gatehouse/internal/flow/outbox"
	"github.com/gatehouse-id/gatehouse/internal/part/notify"
	"github.com/gatehouse-id/gatehouse/internal/part/notify/smtptest"
)

const baseURL = "https://login.example.com/id"

// stage is a store on disk, a mail server, a pool with a client, ann and a
// blocked sign-in of hers, and a clock that stands still.
type stage struct {
	*storetest.Stage
	t       *testing.T
	ring    *seal.Ring
	outbox  *outbox.Outbox
	sink    *smtptest.Sink
	calls   *calls
	answers *answers
	*notice.Notices

	pool   *model.Pool
	client *model.Client
	ann    *model.User
	event  *model.Event
}

func newStage(t *testing.T) *stage {
	t.Helper()
	s := &stage{Stage: storetest.NewStage(t, time.Date(2026, 3, 2, 9, 5, 0, 123456000, time.UTC)), t: t}
	s.ring = sealtest.Ring(t)
	s.sink, s.calls, s.answers = smtptest.Start(t), &calls{}, &answers{}
	mail, err := notify.Config{Now: s.Clock}.Open(s.sink.URL() + "?from=no-reply@gate.example")
	if err != nil {
		t.Fatal(err)
	}
	s.outbox = outbox.New(outbox.Config{Store: s.Store, Ring: s.ring, Email: mail, Caller: s.calls, Now: s.Clock})
	s.Notices = notice.New(notice.Config{
		Store: s.Store, Ring: s.ring, Outbox: s.outbox, Feedback: s.answers, BaseURL: baseURL, Now: s.Clock,
	})
	id := "us-east-1_Stage0001"
	s.pool = &model.Pool{
		ID: id, Version: 1, MFA: &shape.SetUserPoolMfaConfigResponse{},
		Doc: &shape.UserPoolType{Id: &id, Name: new("web"), EmailConfiguration: &shape.EmailConfigurationType{From: new("codes@example.com")}},
	}
	s.client = &model.Client{ID: "app0001", PoolID: id, Doc: &shape.UserPoolClientType{ClientName: new("shop")}}
	s.ann = &model.User{
		PoolID: id, Sub: "5d7c1c3e-0000-4000-8000-000000000001", Username: "ann", Status: model.Confirmed, Enabled: true,
		Attributes: map[string]string{"email": "ann@example.com", "email_verified": "false"}, CreatedAt: s.Clock(), ModifiedAt: s.Clock(),
	}
	s.event = &model.Event{
		PoolID: id, Sub: s.ann.Sub, ID: "4e0bdc2a-1b1c-4d39-9d6a-3c3a0c0f2a11", ClientID: s.client.ID, Type: model.EventSignIn,
		Response: model.EventFail, CreatedAt: s.Clock(),
		Detail: model.EventDetail{
			RiskDecision: "Block", RiskLevel: "High", IP: "192.0.2.1", DeviceName: "Chrome 126, Windows 10", City: "Bellevue", Country: "United States",
			UserAgent: "Mozilla/5.0",
			Risk: &model.RiskDetail{Level: "high", Reasons: []model.RiskReason{
				{Code: "NEW_COUNTRY", Text: "first sign-in from United States", UserText: "a new country"},
				{Code: "STRANGE_SIGN_IN", Text: "a new country, a new network and no device of the user's", UserText: "a new country"},
				{Code: "NEW_DEVICE", Text: "a device the user never used", UserText: "a new device"},
				{Code: "TOR_NETWORK", Text: "the Tor network"},
			}},
		},
	}
	s.Update(func(tx *store.Tx) error {
		if err := tx.CreatePool(s.pool, s.Clock()); err != nil {
			return err
		}
		if err := tx.CreateClient(s.client, s.Clock()); err != nil {
			return err
		}
		if err := tx.CreateUser(s.pool, s.ann, []store.Login{{Name: "ann", Kind: "username"}}); err != nil {
			return err
		}
		return tx.SaveEvent(s.event)
	})
	return s
}

// configure sets what the pool's risk configuration says of notices.
func (s *stage) configure(c *shape.NotifyConfigurationType) {
	s.pool.Risk = &model.RiskConfiguration{Takeover: &shape.AccountTakeoverRiskConfigurationType{NotifyConfiguration: c}}
}

// send posts a notice and delivers it, and returns the mails so far.
func (s *stage) send(a model.Action) []smtptest.Mail {
	s.t.Helper()
	s.Update(func(tx *store.Tx) error {
		return s.Send(tx, notice.Notice{Pool: s.pool, Client: s.client, User: s.ann, Event: s.event, Action: a})
	})
	return s.deliver()
}

// alert posts an alert and delivers it, and returns the mails so far.
func (s *stage) alert(f model.AlertFinding, username string) []smtptest.Mail {
	s.t.Helper()
	s.Update(func(tx *store.Tx) error { return s.Alert(tx, s.pool, s.client, f, s.event, username) })
	return s.deliver()
}

func (s *stage) deliver() []smtptest.Mail {
	s.t.Helper()
	if _, err := s.outbox.Deliver(s.t.Context()); err != nil {
		s.t.Fatal(err)
	}
	return s.sink.Mails()
}

// one fails the test unless there is one mail, and returns it.
func (s *stage) one(mails []smtptest.Mail) smtptest.Mail {
	s.t.Helper()
	if len(mails) != 1 {
		s.t.Fatalf("got %d mails, want 1", len(mails))
	}
	return mails[0]
}

// calls are the webhooks that were called.
type calls struct{ got []notify.Call }

func (c *calls) Post(_ context.Context, call notify.Call) error {
	c.got = append(c.got, call)
	return nil
}

// answers are what was recorded.
type answers struct {
	got    []string
	refuse error
}

func (a *answers) Record(_ context.Context, poolID, sub, eventID string, at time.Time, value, provider string) error {
	if a.refuse != nil {
		return a.refuse
	}
	if at.IsZero() {
		return errors.New("the event's time is missing")
	}
	a.got = append(a.got, poolID+" "+sub+" "+eventID+" "+value+" "+provider)
	return nil
}

// senderFunc looks at messages instead of sending them.
type senderFunc func(notify.Message)

func (f senderFunc) Send(_ context.Context, m notify.Message) error {
	f(m)
	return nil
}

// carry sends mail another way.
func (s *stage) carry(sender notify.Sender) {
	s.outbox = outbox.New(outbox.Config{Store: s.Store, Ring: s.ring, Email: sender, Caller: s.calls, Now: s.Clock})
	s.Notices = notice.New(notice.Config{Store: s.Store, Ring: s.ring, Outbox: s.outbox, Feedback: s.answers, BaseURL: baseURL, Now: s.Clock})
}
