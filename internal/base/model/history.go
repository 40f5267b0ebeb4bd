package model

import (
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
)

// HistoryPolicy says how long events are kept. A client's counts for nothing: events belong to the pool.
type HistoryPolicy struct {
	// Days an event is kept; default 730, at most 3650.
	Days int `json:"days,omitzero"`
	// AfterDeletion is what becomes of a deleted user's events; default erase.
	AfterDeletion AfterDeletion `json:"afterDeletion,omitzero"`
}

// AfterDeletion is what becomes of the events of a user who is deleted.
type AfterDeletion string

// EraseEvents removes them, PseudonymiseEvents keeps them under a keyed hash of
// the sub, without address and agent.
const (
	EraseEvents        = AfterDeletion("erase")
	PseudonymiseEvents = AfterDeletion("pseudonymise")
)

func (h *HistoryPolicy) check() error {
	if h == nil {
		return nil
	}
	return errors.Join(
		between("history.days", h.Days, 0, 3650),
		oneOf("history.afterDeletion", h.AfterDeletion, EraseEvents, PseudonymiseEvents),
	)
}

// AlertPolicy tells operations of findings.
type AlertPolicy struct {
	// Findings to tell of; default: blocked and compromised.
	Findings []AlertFinding `json:"findings,omitzero"`
	// Webhook is a URL that is posted to, at most 2048 bytes; Mail an address that is written to.
	Webhook string `json:"webhook,omitzero"`
	Mail    string `json:"mail,omitzero"`
}

// AlertFinding is what operations can be told of.
type AlertFinding string

// What operations can be told of.
const (
	AlertBlocked     = AlertFinding("blocked")     // a sign-in was refused for its risk, or for its address
	AlertChallenged  = AlertFinding("challenged")  // a second factor was asked for because of the risk
	AlertCompromised = AlertFinding("compromised") // a password is known to be leaked
	AlertLocked      = AlertFinding("locked")      // failures locked an account
	AlertInvalid     = AlertFinding("invalid")     // somebody marked an event as not theirs
)

// Tells tells whether operations are to be told of a finding, and can be.
func (a *AlertPolicy) Tells(f AlertFinding) bool {
	switch {
	case a == nil || a.Webhook == "" && a.Mail == "":
		return false
	case len(a.Findings) == 0:
		return f == AlertBlocked || f == AlertCompromised
	}
	return slices.Contains(a.Findings, f)
}

func (a *AlertPolicy) check() error {
	if a == nil {
		return nil
	}
	var errs []error
	for i, f := range a.Findings {
		if f == "" {
			errs = append(errs, fmt.Errorf("alerts.findings[%d] is empty", i))
		}
		errs = append(errs, oneOf(fmt.Sprintf("alerts.findings[%d]", i), f, AlertBlocked, AlertChallenged, AlertCompromised, AlertLocked, AlertInvalid))
	}
	if a.Webhook != "" {
		u, err := url.Parse(a.Webhook)
		if err != nil || len(a.Webhook) > 2048 || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" || u.User != nil {
			errs = append(errs, errors.New("alerts.webhook: want an http(s) URL without user and password"))
		}
	}
	if a.Mail != "" && (strings.Count(a.Mail, "@") != 1 || strings.ContainsAny(a.Mail, "\r\n ,;<>")) {
		errs = append(errs, errors.New("alerts.mail: want one address"))
	}
	return errors.Join(errs...)
}
