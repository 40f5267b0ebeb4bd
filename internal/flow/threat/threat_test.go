package threat_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/gatehouse-id/gatehouse/breach"
	"github.com/gatehouse-id/gatehouse/internal/base/model"
	"github.com/gatehouse-id/gatehouse/internal/base/shape"
	"github.com/gatehouse-id/gatehouse/internal/flow/threat"
)

const leaked = "Password123!"

// corpus answers and counts what it is asked.
type corpus struct {
	known uint32 // sightings of the leaked password
	err   error
	asked int
}

func (c *corpus) Count(h breach.Hash) (uint32, error) {
	c.asked++
	if h == breach.Sum(leaked) {
		return c.known, c.err
	}
	return 0, c.err
}

func poolIn(mode model.Mode, risk *model.RiskConfiguration) *model.Pool {
	p := &model.Pool{ID: "us-east-1_TestPool1", Doc: new(shape.UserPoolType), Risk: risk}
	if mode != "" {
		text := string(mode)
		p.Doc.UserPoolAddOns = &shape.UserPoolAddOnsType{AdvancedSecurityMode: &text}
	}
	return p
}

// on is a configuration that takes an action for some events; no events is no filter.
func on(action string, events ...threat.Event) *model.RiskConfiguration {
	c := &shape.CompromisedCredentialsRiskConfigurationType{
		Actions: &shape.CompromisedCredentialsActionsType{EventAction: &action},
	}
	for _, e := range events {
		c.EventFilter = append(c.EventFilter, string(e))
	}
	return &model.RiskConfiguration{Compromised: c}
}

// otherwise is a configuration that has other sections only.
func otherwise() *model.RiskConfiguration {
	return &model.RiskConfiguration{Exceptions: &shape.RiskExceptionConfigurationType{}}
}

var ann = &model.User{Sub: "9f1c2b3a-0000-4000-8000-000000000001", Username: "ann", Attributes: map[string]string{"email": "Ann@Example.com"}}

var (
	nothing = threat.Finding{}
	block   = threat.Finding{Checked: true, Compromised: true, Matched: model.MatchPasswords, Block: true}
	note    = threat.Finding{Checked: true, Compromised: true, Matched: model.MatchPasswords}
)

func TestPassword(t *testing.T) {
	client := func(r *model.RiskConfiguration) *model.Client { return &model.Client{ID: "app", Risk: r} }
	for _, c := range []struct {
		story    string
		mode     model.Mode
		pool     *model.RiskConfiguration
		client   *model.Client
		event    threat.Event
		defaults bool // absent sections mean Cognito's defaults
		want     threat.Finding
	}{
		{"no mode looks at nothing", "", on("BLOCK"), nil, threat.SignIn, true, nothing},
		{"OFF looks at nothing", model.ModeOff, on("BLOCK"), nil, threat.SignIn, true, nothing},
		{"AUDIT notes and never blocks", model.ModeAudit, on("BLOCK"), nil, threat.SignIn, true, note},
		{"ENFORCED blocks", model.ModeEnforced, on("BLOCK"), nil, threat.SignIn, true, block},
		{"NO_ACTION notes", model.ModeEnforced, on("NO_ACTION"), nil, threat.SignIn, true, note},
		{"an event of the filter is checked", model.ModeEnforced, on("BLOCK", threat.SignUp, threat.PasswordChange), nil, threat.SignUp, true, block},
		{"another one is not looked up at all", model.ModeEnforced, on("BLOCK", threat.SignUp, threat.PasswordChange), nil, threat.SignIn, true, nothing},
		{"no configuration is Cognito's default", model.ModeEnforced, nil, nil, threat.PasswordChange, true, block},
		{"no section is Cognito's default", model.ModeEnforced, otherwise(), nil, threat.SignIn, true, block},
		{"and nothing where the server says so", model.ModeEnforced, nil, nil, threat.SignIn, false, nothing},
		{"no section is nothing where the server says so", model.ModeEnforced, otherwise(), nil, threat.SignIn, false, nothing},
		{"a section without actions notes", model.ModeEnforced,
			&model.RiskConfiguration{Compromised: &shape.CompromisedCredentialsRiskConfigurationType{}}, nil, threat.SignIn, true, note},
		{"a client without its own follows the pool", model.ModeEnforced, on("NO_ACTION"), client(nil), threat.SignIn, true, note},
		{"a client's own overrides the pool's", model.ModeEnforced, on("NO_ACTION"), client(on("BLOCK")), threat.SignIn, true, block},
		{"in both directions", model.ModeEnforced, on("BLOCK"), client(on("NO_ACTION")), threat.SignIn, true, note},
		{"its filter overrides as well", model.ModeEnforced, on("BLOCK"), client(on("BLOCK", threat.SignUp)), threat.SignIn, true, nothing},
		{"a section absent at the client does not fall back to the pool's", model.ModeEnforced, on("NO_ACTION"), client(otherwise()), threat.SignIn, true, block},
		{"nor where absent means nothing", model.ModeEnforced, on("BLOCK"), client(otherwise()), threat.SignIn, false, nothing},
		{"a client's own changes no mode", model.ModeAudit, nil, client(on("BLOCK")), threat.SignIn, true, note},
	} {
		t.Run(c.story, func(t *testing.T) {
			known := &corpus{known: 1}
			judge := threat.New(threat.Config{Corpus: known, NoDefaults: !c.defaults})
			p := poolIn(c.mode, c.pool)
			if got := judge.Password(p, c.client, ann, c.event, leaked); got != c.want {
				t.Errorf("a leaked password: got %+v, want %+v", got, c.want)
			}
			if want := c.want.Checked; (known.asked == 1) != want {
				t.Errorf("the corpus was asked %d times, want asked: %v", known.asked, want)
			}
			clean := threat.Finding{Checked: c.want.Checked}
			if got := judge.Password(p, c.client, ann, c.event, "Correct-Horse-1"); got != clean {
				t.Errorf("an unknown password: got %+v, want %+v", got, clean)
			}
		})
	}
}

func TestUnreadableCorpus(t *testing.T) {
	broken := errors.New("the disk is gone")
	const why = "the corpus cannot be read"
	for _, c := range []struct {
		story  string
		mode   model.Mode
		action string
		closed bool
		corpus corpus
		want   threat.Finding
	}{
		{"open: it passes, and the event says unchecked", model.ModeEnforced, "BLOCK", false, corpus{err: broken}, threat.Finding{Unchecked: why}},
		{"closed: it is refused", model.ModeEnforced, "BLOCK", true, corpus{err: broken}, threat.Finding{Unchecked: why, Block: true}},
		{"closed, but AUDIT refuses nobody", model.ModeAudit, "BLOCK", true, corpus{err: broken}, threat.Finding{Unchecked: why}},
		{"closed, but NO_ACTION refuses nobody", model.ModeEnforced, "NO_ACTION", true, corpus{err: broken}, threat.Finding{Unchecked: why}},
		{"a hit in the part that can be read counts", model.ModeEnforced, "BLOCK", false, corpus{known: 3, err: broken}, block},
	} {
		t.Run(c.story, func(t *testing.T) {
			judge := threat.New(threat.Config{Corpus: &c.corpus, FailClosed: c.closed})
			if got := judge.Password(poolIn(c.mode, on(c.action)), nil, ann, threat.SignIn, leaked); got != c.want {
				t.Errorf("got %+v, want %+v", got, c.want)
			}
		})
	}
}

func TestRefusal(t *testing.T) {
	for _, f := range []threat.Finding{nothing, note, {Checked: true}, {Unchecked: "x"}} {
		if err := f.Refusal(); err != nil {
			t.Errorf("%+v refuses: %v", f, err)
		}
	}
	const want = "InvalidPasswordException: Provided password cannot be used for security reasons."
	for _, f := range []threat.Finding{block, {Unchecked: "x", Block: true}} {
		if got := fmt.Sprint(f.Refusal()); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

func TestRecord(t *testing.T) {
	now := time.Date(2026, 11, 3, 4, 5, 6, 0, time.UTC)
	judge := threat.New(threat.Config{Now: func() time.Time { return now }})
	origin := model.Origin{IP: "192.0.2.1", UserAgent: "curl"}
	record := func(mode model.Mode, f threat.Finding, id string) *model.Event {
		return judge.Record(poolIn(mode, nil), "app", "sub", model.EventSignIn, model.EventFail, f, origin, id)
	}
	t.Run("OFF keeps nothing", func(t *testing.T) {
		if e := record(model.ModeOff, nothing, ""); e != nil {
			t.Errorf("got %+v", e)
		}
	})
	t.Run("an event tells who, where from, when and what was found", func(t *testing.T) {
		e := record(model.ModeEnforced, block, "an-id")
		d := e.Detail
		if e.ID != "an-id" || e.Sub != "sub" || e.ClientID != "app" || !e.CreatedAt.Equal(now) ||
			d.IP != origin.IP || d.UserAgent != origin.UserAgent || d.RiskDecision != "Block" || !d.Compromised {
			t.Errorf("got %+v", e)
		}
	})
	t.Run("what was noted only is no risk decision", func(t *testing.T) {
		if d := record(model.ModeAudit, note, "").Detail; d.RiskDecision != "NoRisk" || !d.Compromised {
			t.Errorf("got %+v", d)
		}
	})
	t.Run("an unchecked password says why", func(t *testing.T) {
		if d := record(model.ModeAudit, threat.Finding{Unchecked: "why"}, "").Detail; d.Unchecked != "why" {
			t.Errorf("got %+v", d)
		}
	})
	t.Run("each attempt without an id gets its own", func(t *testing.T) {
		a, b := record(model.ModeAudit, nothing, ""), record(model.ModeAudit, nothing, "")
		if a.ID == b.ID || len(a.ID) != 36 {
			t.Errorf("got %s and %s", a.ID, b.ID)
		}
	})
}

func TestBuiltinCorpus(t *testing.T) {
	judge := threat.New(threat.Config{})
	want := block
	want.Edition = breach.Builtin().Edition()
	if f := judge.Password(poolIn(model.ModeEnforced, nil), nil, ann, threat.SignIn, "password"); f != want {
		t.Errorf("without a corpus of its own, a server finds %+v", f)
	}
}
