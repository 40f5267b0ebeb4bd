package cognito

import (
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/gatehouse-id/gatehouse/internal/base/model"
	"github.com/gatehouse-id/gatehouse/internal/base/store"
	"github.com/gatehouse-id/gatehouse/internal/flow/notice"
	"github.com/gatehouse-id/gatehouse/internal/flow/outbox"
)

func TestUpdateAuthEventFeedback(t *testing.T) {
	var box *outbox.Outbox
	r := newRig(t, func(c *Config) {
		c.AnyCredentials = true
		box = outbox.New(outbox.Config{Store: c.Store, Ring: c.Ring})
		c.Notices = notice.New(notice.Config{Store: c.Store, Ring: c.Ring, Outbox: box, Feedback: c.Feedback, BaseURL: "http://127.0.0.1:9470"})
	})
	pool := r.must(t, "CreateUserPool", `{"PoolName":"x","UserPoolTier":"PLUS","UserPoolAddOns":{"AdvancedSecurityMode":"AUDIT"}}`).text(t, "UserPool.Id")
	client := r.must(t, "CreateUserPoolClient", fmt.Sprintf(`{"UserPoolId":%q,"ClientName":"app"}`, pool)).text(t, "UserPoolClient.ClientId")
	for _, name := range []string{"ann", "bob"} {
		r.must(t, "SignUp", fmt.Sprintf(
			`{"ClientId":%q,"Username":%q,"Password":"Copper-moon-19","UserAttributes":[{"Name":"email","Value":"%s@example.com"}]}`, client, name, name))
	}
	token, event := r.notify(t, box, pool, "ann")
	answer := func(pool, name, event, token, value string) reply {
		t.Helper()
		return r.call(t, "UpdateAuthEventFeedback", fmt.Sprintf(
			`{"UserPoolId":%q,"Username":%q,"EventId":%q,"FeedbackToken":%q,"FeedbackValue":%q}`, pool, name, event, token, value))
	}

	t.Run("takes an answer of the token's holder, and another", func(t *testing.T) {
		for _, value := range []string{"Valid", "Invalid"} {
			if got := answer(pool, "ann", event, token, value); got.status != 200 || got.body != "{}" {
				t.Fatalf("got %d %s", got.status, got.body)
			}
			list := r.must(t, "AdminListUserAuthEvents", fmt.Sprintf(`{"UserPoolId":%q,"Username":"ann"}`, pool)).body
			if want := fmt.Sprintf(`"EventFeedback":{"FeedbackValue":%q,"Provider":"User"`, value); !strings.Contains(list, want) {
				t.Errorf("got %s, want %s", list, want)
			}
		}
	})
	t.Run("refuses whatever the token is not about, and a user who does not exist alike", func(t *testing.T) {
		other := r.must(t, "CreateUserPool", `{"PoolName":"y","UserPoolTier":"PLUS","UserPoolAddOns":{"AdvancedSecurityMode":"AUDIT"}}`).text(t, "UserPool.Id")
		_, bobs := r.notify(t, box, pool, "bob")
		for name, got := range map[string]reply{
			"another pool":     answer(other, "ann", event, token, "Valid"),
			"no pool":          answer("us-east-1_Nowhere00", "ann", event, token, "Valid"),
			"another user":     answer(pool, "bob", event, token, "Valid"),
			"nobody":           answer(pool, "nobody", event, token, "Valid"),
			"another's event":  answer(pool, "ann", bobs, token, "Valid"),
			"a changed token":  answer(pool, "ann", event, "A"+token[1:]+"A", "Valid"),
			"no token of ours": answer(pool, "ann", event, "x.y-z_=", "Valid"),
		} {
			t.Run(name, func(t *testing.T) { refused(t, got, 400, "NotAuthorizedException", "Invalid feedback token given.") })
		}
	})
	t.Run("refuses what the model refuses", func(t *testing.T) {
		for _, got := range []reply{answer(pool, "ann", event, token, "valid"), answer(pool, "ann", event, "a b", "Valid"), answer(pool, "ann", "", token, "Valid")} {
			if got.status != 400 || got.Type() != "InvalidParameterException" {
				t.Errorf("got %d %s", got.status, got.body)
			}
		}
	})
	t.Run("refuses an event of a pool that keeps none any more", func(t *testing.T) {
		r.must(t, "UpdateUserPool", fmt.Sprintf(`{"UserPoolId":%q}`, pool))
		if got := answer(pool, "ann", event, token, "Valid"); got.status != 400 || got.Type() != "UserPoolAddOnNotEnabledException" {
			t.Errorf("got %d %s", got.status, got.body)
		}
	})
	if strings.Contains(r.log.String(), token[:40]) {
		t.Error("the log tells the token")
	}
}

// notify sends a user a notice of their newest event, and returns the token in
// the mail and the event's id.
func (r *rig) notify(t *testing.T, box *outbox.Outbox, poolID, name string) (token, event string) {
	t.Helper()
	err := r.Store.Update(t.Context(), func(tx *store.Tx) error {
		u, err := findMember(tx, poolID, name)
		if err != nil {
			return err
		}
		p, err := tx.Pool(poolID)
		if err != nil {
			return err
		}
		events, err := tx.Events(poolID, u.Sub, model.Event{}, 1)
		if err != nil {
			return err
		}
		event = events[0].ID
		return r.Notices.Send(tx, notice.Notice{Pool: p, User: u, Event: &events[0], Action: model.Block})
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := box.Deliver(t.Context()); err != nil {
		t.Fatal(err)
	}
	err = r.Store.View(t.Context(), func(tx *store.Tx) error {
		mails, err := tx.Mails(name+"@example.com", 10)
		for _, m := range mails {
			if found := regexp.MustCompile(`token=([A-Za-z0-9_-]+)`).FindStringSubmatch(m.Text); found != nil {
				token = found[1]
			}
		}
		return err
	})
	if err != nil || token == "" {
		t.Fatalf("no token came by mail, %v", err)
	}
	return token, event
}
