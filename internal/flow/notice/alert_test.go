package notice_test

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/gatehouse-id/gatehouse/internal/base/model"
	"github.com/gatehouse-id/gatehouse/internal/base/seal"
	"github.com/gatehouse-id/gatehouse/internal/base/seal/sealtest"
	"github.com/gatehouse-id/gatehouse/internal/base/store"
	"github.com/gatehouse-id/gatehouse/internal/flow/notice"
	"github.com/gatehouse-id/gatehouse/internal/flow/threat"
)

func fuzzRing(f *testing.F) *seal.Ring { return sealtest.Ring(f) }

const hook = "https://hooks.example.com/T0KEN"

func alertsOf(findings ...model.AlertFinding) *model.ThreatPolicy {
	return &model.ThreatPolicy{Alerts: &model.AlertPolicy{Findings: findings, Webhook: hook}}
}

// setPolicy stores a policy of the pool, for what reads it again.
func (s *stage) setPolicy(p *model.ThreatPolicy) {
	s.t.Helper()
	policies := threat.NewPolicies(s.Store, s.Clock)
	if _, err := policies.Set(s.t.Context(), threat.Place{PoolID: s.pool.ID}, threat.AnyVersion, p, "ops"); err != nil {
		s.t.Fatal(err)
	}
	s.pool.Policy = p
}

func TestAnAlert(t *testing.T) {
	t.Run("is a signed call that tells what happened", func(t *testing.T) {
		s := newStage(t)
		s.pool.Policy = alertsOf()
		s.alert(model.AlertBlocked, "ann")
		if len(s.calls.got) != 1 {
			t.Fatalf("got %d calls", len(s.calls.got))
		}
		call := s.calls.got[0]
		want := `{"type":"alert.blocked","timestamp":"2026-03-02T09:05:00Z",` +
			`"text":"Sign-in blocked: user ann, pool web, risk High, from 192.0.2.1, Bellevue, United States, with Chrome 126, Windows 10.",` +
			`"data":{"finding":"blocked","poolId":"us-east-1_Stage0001","poolName":"web","clientId":"app0001","clientName":"shop","username":"ann",` +
			`"event":{"id":"4e0bdc2a-1b1c-4d39-9d6a-3c3a0c0f2a11","sub":"5d7c1c3e-0000-4000-8000-000000000001","type":"SignIn","response":"Fail",` +
			`"at":"2026-03-02T09:05:00.123456Z","riskDecision":"Block","riskLevel":"High","compromisedCredentialsDetected":false,"ipAddress":"192.0.2.1",` +
			`"city":"Bellevue","country":"United States","deviceName":"Chrome 126, Windows 10",` +
			`"reasons":[{"code":"NEW_COUNTRY","text":"first sign-in from United States"},` +
			`{"code":"STRANGE_SIGN_IN","text":"a new country, a new network and no device of the user's"},` +
			`{"code":"NEW_DEVICE","text":"a device the user never used"},{"code":"TOR_NETWORK","text":"the Tor network"}]}}}`
		if got := string(call.Body); got != want {
			t.Errorf("got  %s\nwant %s", got, want)
		}
		secret, ok := strings.CutPrefix(notice.WebhookSecret(s.ring, s.pool.ID).Reveal(), "whsec_")
		if key, err := base64.StdEncoding.DecodeString(secret); !ok || err != nil || string(key) != string(call.Secret) || len(key) != 32 {
			t.Error("it is not signed with the pool's secret")
		}
		if call.URL != hook {
			t.Errorf("got %s", call.URL)
		}
	})
	t.Run("is a mail, where the policy says so", func(t *testing.T) {
		s := newStage(t)
		s.pool.Policy = &model.ThreatPolicy{Alerts: &model.AlertPolicy{Mail: "ops@example.com"}}
		s.event.Detail.Compromised = true
		golden(t, "alert", s.one(s.alert(model.AlertCompromised, "ann")))
		if len(s.calls.got) != 0 {
			t.Errorf("got %d calls", len(s.calls.got))
		}
	})
	t.Run("may be about nobody, and without an event", func(t *testing.T) {
		s := newStage(t)
		s.pool.Policy = &model.ThreatPolicy{Alerts: &model.AlertPolicy{Findings: []model.AlertFinding{model.AlertLocked}, Webhook: hook, Mail: "ops@example.com"}}
		s.Update(func(tx *store.Tx) error { return s.Alert(tx, s.pool, nil, model.AlertLocked, nil, "") })
		golden(t, "alertnobody", s.one(s.deliver()))
		want := `{"type":"alert.locked","timestamp":"2026-03-02T09:05:00Z","text":"Account locked by failures: pool web.",` +
			`"data":{"finding":"locked","poolId":"us-east-1_Stage0001","poolName":"web"}}`
		if got := string(s.calls.got[0].Body); got != want {
			t.Errorf("got  %s\nwant %s", got, want)
		}
	})
	t.Run("holds what strangers chose to a line", func(t *testing.T) {
		s := newStage(t)
		s.pool.Policy = &model.ThreatPolicy{Alerts: &model.AlertPolicy{Webhook: hook, Mail: "ops@example.com"}}
		s.event.Detail.IP, s.event.Detail.DeviceName = "1.2.3.4\r\nX: y", strings.Repeat("d", 1<<20)
		m := s.one(s.alert(model.AlertBlocked, "eve\r\nBcc: all@example.com\r\n\r\n"+strings.Repeat("x", 1<<20)))
		if len(m.Header["Bcc"]) != 0 || strings.Contains(m.Text, "\nBcc") || len(m.Raw) > 8<<10 {
			t.Errorf("got %d bytes: %.2000s", len(m.Raw), m.Raw)
		}
		if n := len(s.calls.got[0].Body); n > 8<<10 {
			t.Errorf("got a body of %d bytes", n)
		}
	})
}

func TestWhenOperationsAreTold(t *testing.T) {
	all := []model.AlertFinding{model.AlertBlocked, model.AlertChallenged, model.AlertCompromised, model.AlertLocked, model.AlertInvalid}
	told := func(s *stage) string {
		var list []string
		for _, f := range all {
			before := len(s.calls.got)
			if s.alert(f, "ann"); len(s.calls.got) > before {
				list = append(list, string(f))
			}
		}
		return strings.Join(list, " ")
	}
	nowhere := &model.ThreatPolicy{Alerts: &model.AlertPolicy{Findings: all}}
	for name, c := range map[string]struct {
		pool, client *model.ThreatPolicy
		want         string
	}{
		"without a policy":                     {nil, nil, ""},
		"by default":                           {alertsOf(), nil, "blocked compromised"},
		"of what is named":                     {alertsOf(model.AlertLocked, model.AlertInvalid), nil, "locked invalid"},
		"of everything, where there is no way": {nowhere, nil, ""},
		"as the client says":                   {nil, alertsOf(model.AlertChallenged), "challenged"},
		"as the client says, as a whole":       {alertsOf(), &model.ThreatPolicy{}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			s := newStage(t)
			s.pool.Policy, s.client.Policy = c.pool, c.client
			if got := told(s); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
	t.Run("ten times an hour of each, and then how many were left out", func(t *testing.T) {
		s := newStage(t)
		s.pool.Policy = alertsOf()
		for i := range 35 {
			s.alert(model.AlertBlocked, fmt.Sprint("user", i))
		}
		if got := len(s.calls.got); got != 10 {
			t.Fatalf("got %d calls", got)
		}
		if s.alert(model.AlertCompromised, "ann"); len(s.calls.got) != 11 {
			t.Error("another finding was held back")
		}
		s.Pass(time.Hour)
		for i, want := range []int64{25, 0} {
			s.alert(model.AlertBlocked, "ann")
			var got struct {
				Text string
				Data struct{ LeftOut int64 }
			}
			if err := json.Unmarshal(s.calls.got[11+i].Body, &got); err != nil || got.Data.LeftOut != want || strings.Contains(got.Text, "25 more") != (want == 25) {
				t.Errorf("got %+v, %v; want %d left out", got, err, want)
			}
		}
	})
}
