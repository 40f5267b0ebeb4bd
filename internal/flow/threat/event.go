package threat

import (
	"github.com/gatehouse-id/gatehouse/internal/base/model"
	"github.com/gatehouse-id/gatehouse/internal/base/shape"
	"github.com/gatehouse-id/gatehouse/internal/base/wire"
	"github.com/gatehouse-id/gatehouse/risk"
)

// Record makes the event of an attempt, or nil when the pool's mode is OFF:
// then nothing is kept. An empty id makes a new one. Save it in the same Update
// as what the attempt did.
func (t *Threat) Record(p *model.Pool, clientID, sub string, typ model.EventType, r model.EventResponse, f Finding, o model.Origin, id string) *model.Event {
	if p.Mode() == model.ModeOff {
		return nil
	}
	now := t.cfg.Now()
	if id == "" {
		id = t.NewID(now)
	}
	at := t.contextOf(sub, o, now)
	e := &model.Event{
		PoolID: p.ID, Sub: sub, ID: id, ClientID: clientID, Type: typ, Response: r, CreatedAt: now,
		Detail: model.EventDetail{
			RiskDecision: decision(f.Block, risk.None), Compromised: f.Compromised, Matched: string(f.Matched), Flagged: f.Flag,
			Unchecked: f.Unchecked, IP: o.IP, UserAgent: o.UserAgent,
			DeviceName: at.DeviceName, Timezone: at.Timezone, City: at.City, Country: at.Country,
			Model: o.Fingerprint.DeviceName, Device: t.deviceName(p, o.Fingerprint.DeviceID), Fingerprint: o.Fingerprint.Problem,
		},
	}
	if o.UserAgent == "" {
		e.Detail.UserAgent = o.Fingerprint.UserAgent
	}
	if o.Hints != (model.ClientHints{}) {
		e.Detail.Hints = &o.Hints
	}
	return e
}

// Explain writes into an event what was made of its attempt. blocked says that
// it was refused for that.
func (j *Judgement) Explain(e *model.Event, blocked bool) {
	if j == nil {
		return
	}
	a := &j.Assessment
	level := j.Level()
	if blocked || e.Detail.RiskDecision != shape.RiskDecisionTypeBlock {
		e.Detail.RiskDecision = decision(blocked, level)
	}
	e.Detail.RiskLevel = levelName(level)
	d := &model.RiskDetail{
		Level: level.String(), Action: j.Action, Notified: j.Notify, Skipped: j.Skipped, Learning: j.Learning, Shadows: j.shadows,
	}
	e.Detail.Risk = d
	if j.Skipped {
		return
	}
	d.Score, d.Scale, d.Evidence, d.Weights = a.Score, a.Scale, a.Evidence, risk.DefaultWeights().Name
	if j.fact != "" {
		d.Fact, d.FactLevel = j.fact, j.without.String()
	}
	for _, r := range a.Reasons() {
		reason := model.RiskReason{Code: r.Code.String(), Nats: r.Nats, Value: r.Value, Baseline: r.Baseline, Text: r.Text(), UserText: r.UserText()}
		if r.Floor > risk.None {
			reason.Floor = r.Floor.String()
		}
		d.Reasons = append(d.Reasons, reason)
	}
	for i := range risk.NumDetectors {
		if detector := risk.Detector(i); a.Off.Has(detector) {
			d.Off = append(d.Off, detector.String())
		}
	}
}

// levelName is a level as Cognito's events name it: absent when there is no risk.
func levelName(l risk.Level) string {
	if l == risk.None {
		return ""
	}
	return atLevel(l, shape.RiskLevelTypeLow, shape.RiskLevelTypeMedium, shape.RiskLevelTypeHigh)
}

// ContextOf is the attempt that an event records, as far as it was recorded: to
// learn from an answer about it, or to judge it again by another policy.
func (t *Threat) ContextOf(e *model.Event) Context {
	o := model.Origin{
		IP: e.Detail.IP, UserAgent: e.Detail.UserAgent, Hints: wire.Of(e.Detail.Hints),
		Fingerprint: model.Fingerprint{Timezone: e.Detail.Timezone, DeviceName: e.Detail.Model},
	}
	c := t.contextOf(e.Sub, o, e.CreatedAt)
	c.Device = deviceOf(e.Detail.Device)
	if e.Detail.Remembered {
		c.Device.Trust = risk.Remembered
	}
	return c
}

// OutcomeOf is how the attempt of an event ended; ok is false for an event that
// teaches nothing, whatever became of it.
func OutcomeOf(e *model.Event) (o risk.Outcome, ok bool) {
	switch {
	case e.Type == model.EventSignUp && e.Response == model.EventPass:
		return risk.SignedUp, true
	case e.Type != model.EventSignIn:
		return 0, false
	}
	failed, second := false, false
	for _, c := range e.Detail.Challenges {
		failed = failed || c.Response != "Success"
		second = second || c.Name == "Mfa"
	}
	switch {
	case e.Response == model.EventPass && second:
		return risk.Passed, true
	case e.Response == model.EventPass:
		return risk.Success, true
	case e.Response == model.EventInProgress:
		return risk.Abandoned, true
	case failed && second:
		return risk.MFAFailed, true
	case failed:
		return risk.WrongPassword, true
	}
	return risk.Blocked, true
}
