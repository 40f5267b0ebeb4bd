package notice

import (
	"encoding/base64"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/gatehouse-id/gatehouse/internal/base/model"
	"github.com/gatehouse-id/gatehouse/internal/base/seal"
	"github.com/gatehouse-id/gatehouse/internal/base/store"
	"github.com/gatehouse-id/gatehouse/internal/base/wire"
	"github.com/gatehouse-id/gatehouse/internal/flow/outbox"
	"github.com/gatehouse-id/gatehouse/internal/flow/threat"
	"github.com/gatehouse-id/gatehouse/internal/part/notify"
)

// maxAlerts is how many alerts an hour operations get of one finding in one pool.
// The next one afterwards tells how many were left out.
const maxAlerts = 10

// alertKind is what the outbox calls an alert.
const alertKind = "Alert"

// Alert posts word of a finding to where the policy wants it: the client's, or
// else the pool's. It does nothing where the policy does not name the finding. c
// and e may be nil, where no client is known and no event is kept. Call Wake
// after the commit. Its error is of the store alone.
func (n *Notices) Alert(tx *store.Tx, p *model.Pool, c *model.Client, finding model.AlertFinding, e *model.Event, username string) error {
	policy := threat.Effective(p, c).Alerts
	if !policy.Tells(finding) {
		return nil
	}
	now, subject := n.cfg.Now(), "alerts of "+string(finding)
	within, err := tx.Spend(p.ID, subject, "sent", maxAlerts, time.Hour, now)
	if err != nil {
		return fmt.Errorf("count alerts: %w", err)
	}
	if !within {
		if err := tx.Tally(p.ID, subject, n.shard(), now); err != nil {
			return fmt.Errorf("count an alert that is left out: %w", err)
		}
		return nil
	}
	leftOut, err := tx.TakeTally(p.ID, subject)
	if err != nil {
		return fmt.Errorf("count alerts that were left out: %w", err)
	}
	a := newAlert(p, c, finding, e, username, leftOut, now)
	return n.postAlert(tx, p.ID, policy, a)
}

func (n *Notices) postAlert(tx *store.Tx, poolID string, policy *model.AlertPolicy, a alert) error {
	until := n.cfg.Now().Add(outbox.GiveUpAfter).UnixMicro()
	if policy.Webhook != "" {
		err := n.cfg.Outbox.PostCall(tx, poolID, outbox.Call{
			URL: policy.Webhook, Body: wire.Must(a), Secret: webhookKey(n.cfg.Ring, poolID), Kind: alertKind, Until: until,
		})
		if err != nil {
			return err
		}
	}
	if policy.Mail == "" {
		return nil
	}
	return n.cfg.Outbox.Post(tx, poolID, outbox.Letter{
		Channel: notify.Email, To: policy.Mail, Subject: oneLine(a.subject(), maxSubject), Text: a.letter(), Kind: alertKind, Until: until,
	})
}

// shard draws a row of a tally.
func (n *Notices) shard() int {
	var random [1]byte
	if _, err := io.ReadFull(n.cfg.Rand, random[:]); err != nil {
		return 0
	}
	return int(random[0]) % store.TallyShards
}

// webhookKey is what a pool's alerts are signed with. It is derived, so that no
// secret stands in a policy document, which others read.
func webhookKey(ring *seal.Ring, poolID string) []byte {
	return ring.Derive("alert webhook", poolID)
}

// WebhookSecret is what a receiver verifies a pool's alerts with, in the form of
// Standard Webhooks.
func WebhookSecret(ring *seal.Ring, poolID string) seal.Secret {
	return seal.NewSecret("whsec_" + base64.StdEncoding.EncodeToString(webhookKey(ring, poolID)))
}

// alert is the JSON of an alert; the names are our own, and stable.
type alert struct {
	Type      string  `json:"type"` // alert.blocked ...
	Timestamp string  `json:"timestamp"`
	Text      string  `json:"text"` // all of it in a line, for people
	Data      finding `json:"data"`
}

type finding struct {
	Finding  model.AlertFinding `json:"finding"`
	PoolID   string             `json:"poolId"`
	PoolName string             `json:"poolName,omitzero"`
	ClientID string             `json:"clientId,omitzero"`
	Client   string             `json:"clientName,omitzero"`
	Username string             `json:"username,omitzero"`
	LeftOut  int64              `json:"leftOut,omitzero"` // alerts of the finding since the one before
	Event    *incident          `json:"event,omitzero"`
}

// incident is what operations are told of an event: what AdminListUserAuthEvents
// would say, and why.
type incident struct {
	ID          string              `json:"id"`
	Sub         string              `json:"sub"`
	Type        model.EventType     `json:"type"`
	Response    model.EventResponse `json:"response"`
	At          string              `json:"at"`
	Decision    string              `json:"riskDecision,omitzero"`
	Level       string              `json:"riskLevel,omitzero"`
	Compromised bool                `json:"compromisedCredentialsDetected"`
	IP          string              `json:"ipAddress,omitzero"`
	City        string              `json:"city,omitzero"`
	Country     string              `json:"country,omitzero"`
	Device      string              `json:"deviceName,omitzero"`
	Reasons     []reason            `json:"reasons,omitzero"`
}

type reason struct {
	Code string `json:"code"`
	Text string `json:"text"`
}

// maxReasons is how many reasons an alert repeats, the weightiest first as the event has them.
const maxReasons = 8

// headlines are the findings in words.
var headlines = map[model.AlertFinding]string{
	model.AlertBlocked:     "Sign-in blocked",
	model.AlertChallenged:  "Second factor asked for because of the risk",
	model.AlertCompromised: "Password known to be leaked",
	model.AlertLocked:      "Account locked by failures",
	model.AlertInvalid:     "Sign-in disowned by its user",
}

func newAlert(p *model.Pool, c *model.Client, about model.AlertFinding, e *model.Event, username string, leftOut int64, now time.Time) alert {
	a := alert{Type: "alert." + string(about), Timestamp: now.UTC().Format(time.RFC3339), Data: finding{
		Finding: about, PoolID: p.ID, PoolName: wire.Of(p.Doc.Name), Username: oneLine(username, maxValue), LeftOut: leftOut,
	}}
	if c != nil {
		a.Data.ClientID, a.Data.Client = c.ID, wire.Of(c.Doc.ClientName)
	}
	if e != nil {
		a.Data.Event = newIncident(e)
	}
	a.Text = a.line()
	return a
}

func newIncident(e *model.Event) *incident {
	d := &e.Detail
	i := &incident{
		ID: e.ID, Sub: e.Sub, Type: e.Type, Response: e.Response, At: e.CreatedAt.UTC().Format(time.RFC3339Nano),
		Decision: d.RiskDecision, Level: d.RiskLevel, Compromised: d.Compromised,
		IP: address(d.IP), City: oneLine(d.City, maxValue), Country: oneLine(d.Country, maxValue), Device: oneLine(d.DeviceName, maxValue),
	}
	if d.Risk != nil {
		for _, r := range d.Risk.Reasons[:min(len(d.Risk.Reasons), maxReasons)] {
			i.Reasons = append(i.Reasons, reason{r.Code, oneLine(r.Text, 2*maxValue)})
		}
	}
	return i
}

// where names pool and user.
func (a alert) where() string {
	text := "pool " + a.Data.PoolID
	if a.Data.PoolName != "" {
		text = "pool " + oneLine(a.Data.PoolName, maxValue)
	}
	if a.Data.Username != "" {
		text = "user " + a.Data.Username + ", " + text
	}
	return text
}

func (a alert) subject() string { return headlines[a.Data.Finding] + ": " + a.where() }

// line is the whole alert in one line.
func (a alert) line() string {
	var b strings.Builder
	b.WriteString(a.subject())
	if i := a.Data.Event; i != nil {
		for _, part := range []struct{ before, text string }{
			{", risk ", i.Level}, {", from ", i.IP}, {", ", i.City}, {", ", i.Country}, {", with ", i.Device},
		} {
			if part.text != "" {
				b.WriteString(part.before + part.text)
			}
		}
	}
	b.WriteString("." + a.missed(" "))
	return b.String()
}

// missed tells of alerts that were left out.
func (a alert) missed(before string) string {
	switch a.Data.LeftOut {
	case 0:
		return ""
	case 1:
		return before + "One more since the last alert was left out."
	}
	return fmt.Sprintf("%s%d more since the last alert were left out.", before, a.Data.LeftOut)
}

// letter is the alert as a mail.
func (a alert) letter() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s.%s\n\n", a.subject(), a.missed("\n"))
	say := func(name, value string) {
		if value != "" {
			fmt.Fprintf(&b, "%-9s %s\n", name+":", value)
		}
	}
	say("Pool", a.Data.PoolID)
	say("Client", a.Data.ClientID)
	i := a.Data.Event
	if i == nil {
		say("Time", a.Timestamp)
		return b.String()
	}
	say("Time", i.At)
	say("Event", i.ID)
	say("Sub", i.Sub)
	say("Attempt", string(i.Type)+", "+string(i.Response))
	say("Decision", i.Decision)
	say("Risk", i.Level)
	if i.Compromised {
		say("Password", "known to be leaked")
	}
	say("Address", i.IP)
	say("City", i.City)
	say("Country", i.Country)
	say("Device", i.Device)
	for n, r := range i.Reasons {
		if n == 0 {
			b.WriteString("\nWhat spoke for and against:\n")
		}
		fmt.Fprintf(&b, "- %s (%s)\n", r.Text, r.Code)
	}
	return b.String()
}
