package threat_test

import (
	"errors"
	"reflect"
	"testing"
	"time"

	"github.com/gatehouse-id/gatehouse/internal/base/model"
	"github.com/gatehouse-id/gatehouse/internal/base/shape"
	"github.com/gatehouse-id/gatehouse/internal/base/store"
	"github.com/gatehouse-id/gatehouse/internal/base/store/storetest"
	"github.com/gatehouse-id/gatehouse/internal/flow/threat"
)

func TestParsePolicy(t *testing.T) {
	for _, c := range []struct{ story, text, want string }{
		{"nothing is said", `{}`, ""},
		{"all is said", `{"breach":{"match":"both","minimumCount":{"signIn":5,"signUp":1,"passwordChange":1},"response":"flag","unreadable":"closed"}}`, ""},
		{"a member is misspelt", `{"breach":{"minCount":5}}`, `read policy: it has the unknown member "/breach/minCount"`},
		{"a value is none", `{"breach":{"response":"FLAG"}}`, `read policy: breach.response: "FLAG" is none of ["block" "flag" "none"]`},
		{"two values are none", `{"breach":{"match":"all","unreadable":"maybe"}}`,
			"read policy: breach.match: \"all\" is none of [\"passwords\" \"pairs\" \"both\"]\nbreach.unreadable: \"maybe\" is none of [\"open\" \"closed\"]"},
		{"a count is negative", `{"breach":{"minimumCount":{"signIn":-1}}}`, "read policy: it has a wrong type at /breach/minimumCount/signIn: found number"},
		{"a detector is misspelt", `{"adaptive":{"detectors":{"newDevice":{"onn":true}}}}`,
			`read policy: it has the unknown member "/adaptive/detectors/newDevice/onn"`},
		{"a detector of a shadow is misspelt", `{"shadows":[{"name":"x","adaptive":{"detectors":{"newdevice":{}}}}]}`,
			`read policy: it has the unknown member "/shadows/0/adaptive/detectors/newdevice"`},
		{"a switch of a detector is none", `{"adaptive":{"detectors":{"newDevice":{"on":"yes"}}}}`,
			"read policy: it has a wrong type at /adaptive/detectors/newDevice/on: found string"},
		{"a threshold cannot be", `{"adaptive":{"detectors":{"bruteForce":{"failures":0}}}}`,
			"read policy: adaptive.detectors: bruteForce.failures is not between 1 and 6"},
		{"a higher level is treated more mildly", `{"adaptive":{"actions":{"low":"MFA_REQUIRED","high":"NO_ACTION"}}}`,
			"read policy: adaptive.actions.high: less restrictive than that of a lower level"},
		{"a level is left out", `{"adaptive":{"actions":{"low":"NO_ACTION","high":"BLOCK"}}}`, ""},
		{"it is no document", `[]`, "read policy: it has a wrong type at /: found ["},
		{"it is nothing", ``, "read policy: it ends too early"},
	} {
		t.Run(c.story, func(t *testing.T) {
			got := ""
			if _, err := threat.ParsePolicy([]byte(c.text)); err != nil {
				got = err.Error()
			}
			if got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

func FuzzParsePolicy(f *testing.F) {
	f.Add([]byte(`{"breach":{"match":"both","minimumCount":{"signIn":5},"response":"flag","unreadable":"closed"}}`))
	f.Add([]byte(`{"breach":null}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		p, err := threat.ParsePolicy(text)
		if err == nil && p.Check() != nil {
			t.Errorf("%q is read and not right: %v", text, p.Check())
		}
	})
}

func TestPolicies(t *testing.T) {
	s := storetest.Open(t)
	id, now := "eu-west-1_TestPool1", time.Date(2026, 11, 3, 4, 5, 6, 0, time.UTC)
	p := &model.Pool{ID: id, Doc: &shape.UserPoolType{Id: &id}, MFA: &shape.SetUserPoolMfaConfigResponse{}}
	err := s.Update(t.Context(), func(tx *store.Tx) error {
		return errors.Join(tx.CreatePool(p, now), tx.CreateClient(&model.Client{ID: "app", PoolID: id, Doc: new(shape.UserPoolClientType)}, now))
	})
	if err != nil {
		t.Fatal(err)
	}
	k := threat.NewPolicies(s, func() time.Time { return now })
	pool, client := threat.Place{PoolID: id}, threat.Place{PoolID: id, ClientID: "app"}
	flag := &model.ThreatPolicy{Breach: &model.BreachPolicy{Response: model.RespondFlag}}
	none := &model.ThreatPolicy{Breach: &model.BreachPolicy{Response: model.RespondNone}}
	response := func(at threat.Place) model.BreachResponse {
		t.Helper()
		h, err := k.Get(t.Context(), at)
		if err != nil {
			t.Fatal(err)
		}
		return h.Effective.Breach.Response
	}
	set := func(at threat.Place, was int64, p *model.ThreatPolicy, want int64, wantErr error) {
		t.Helper()
		if v, err := k.Set(t.Context(), at, was, p, "ops"); v != want && wantErr == nil || !errors.Is(err, wantErr) {
			t.Errorf("set: got %d, %v, want %d, %v", v, err, want, wantErr)
		}
	}

	set(pool, 0, flag, 1, nil)
	if pool, client := response(pool), response(client); pool != model.RespondFlag || client != model.RespondFlag {
		t.Errorf("of the pool holds %q, of a client without its own %q", pool, client)
	}
	set(client, threat.AnyVersion, none, 1, nil)
	if got := response(client); got != model.RespondNone {
		t.Errorf("of the client holds %q", got)
	}
	set(client, threat.AnyVersion, nil, 2, nil)
	if got := response(client); got != model.RespondFlag {
		t.Errorf("after it was taken away: %q", got)
	}
	set(pool, 0, none, 0, threat.ErrSuperseded)
	set(pool, 2, none, 0, threat.ErrAhead)
	set(pool, 1, none, 2, nil)
	if _, err := k.Rollback(t.Context(), pool, 1, 1, "ops"); !errors.Is(err, threat.ErrSuperseded) {
		t.Errorf("back to 1, from what does not hold any more: got %v", err)
	}
	if v, err := k.Rollback(t.Context(), pool, threat.AnyVersion, 1, "ops"); v != 3 || err != nil || response(pool) != model.RespondFlag {
		t.Errorf("back to 1: got %d, %v, %q", v, err, response(pool))
	}
	for _, to := range []int64{-1, 0, 4, 1 << 60} {
		if _, err := k.Rollback(t.Context(), pool, threat.AnyVersion, to, "ops"); !errors.Is(err, threat.ErrNoVersion) {
			t.Errorf("back to %d: got %v", to, err)
		}
	}
	if v, err := k.Set(t.Context(), pool, threat.AnyVersion, &model.ThreatPolicy{Breach: &model.BreachPolicy{Match: "all"}}, "ops"); v != 0 || err == nil {
		t.Errorf("a policy that is not right: got %d, %v", v, err)
	}
	list, err := k.Versions(t.Context(), pool, 0, 10)
	if err != nil || len(list) != 3 || list[0].Author != "ops" || !reflect.DeepEqual(list[1].Policy, none) {
		t.Errorf("got %+v, %v", list, err)
	}
	for _, at := range []threat.Place{{PoolID: "eu-west-1_None"}, {PoolID: id, ClientID: "none"}} {
		set(at, 0, flag, 0, threat.ErrNoPlace)
		if _, err := k.Get(t.Context(), at); !errors.Is(err, threat.ErrNoPlace) {
			t.Errorf("got %v", err)
		}
	}
}

func TestAfter(t *testing.T) {
	now := time.Date(2026, 11, 3, 4, 5, 6, 0, time.UTC)
	before := now.Add(-time.Hour)
	byPassword := model.Exposure{LeakedAt: before, LeakedBy: model.MatchPasswords}
	byPair := model.Exposure{LeakedAt: before, LeakedBy: model.MatchPairs}
	clean := model.Exposure{Edition: 7}
	found := threat.Finding{Checked: true, Compromised: true, Matched: model.MatchPairs, Edition: 8}
	passed := threat.Finding{Checked: true, Edition: 8}
	unread := threat.Finding{Unchecked: "the disk is gone"}
	for _, c := range []struct {
		story string
		was   model.Exposure
		f     threat.Finding
		want  model.Exposure
	}{
		{"a first finding is noted with its time", clean, found, model.Exposure{LeakedAt: now, LeakedBy: model.MatchPairs}},
		{"what is known keeps its time", byPassword, found, byPassword},
		{"a clean look notes its edition", clean, passed, model.Exposure{Edition: 8}},
		{"and ends what a count had said", byPassword, passed, model.Exposure{Edition: 8}},
		{"but not what a pair had said", byPair, passed, byPair},
		{"no look changes nothing", byPassword, threat.Finding{}, byPassword},
		{"nor does one that failed", clean, unread, clean},
	} {
		t.Run(c.story, func(t *testing.T) {
			if got := c.f.After(c.was, now); got != c.want {
				t.Errorf("got %+v, want %+v", got, c.want)
			}
		})
	}
}
