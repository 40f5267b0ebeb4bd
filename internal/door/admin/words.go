package admin

import (
	"fmt"
	"strings"
	"time"

	"github.com/gatehouse-id/gatehouse/internal/base/model"
	"github.com/gatehouse-id/gatehouse/internal/base/shape"
	"github.com/gatehouse-id/gatehouse/internal/flow/threat"
)

// words says an explanation in sentences, for whoever has to decide about it.
func words(x *Explanation) []string {
	out := []string{attempted(x)}
	out = append(out, tried(x)...)
	out = append(out, ofPassword(x.Password)...)
	out = append(out, ofRisk(x.Risk)...)
	if x.Policy.Of != threat.OfNobody {
		out = append(out, fmt.Sprintf("Version %d of the policy of the %s held.", x.Policy.Version, x.Policy.Of))
	}
	for _, a := range x.Answers {
		out = append(out, answered(&a))
	}
	return out
}

// attempts are the types of events as things that somebody did.
var attempts = map[model.EventType]string{
	model.EventSignIn:          "tried to sign in",
	model.EventSignUp:          "signed up",
	model.EventForgotPassword:  "tried to recover a password",
	model.EventPasswordChange:  "tried to change a password",
	model.EventResendCode:      "asked for a code once more",
	model.EventCredentialCheck: "has a password that was held against a new list of leaked ones",
}

// ends are how events ended.
var ends = map[model.EventResponse]string{
	model.EventPass:       "That passed.",
	model.EventFail:       "That failed.",
	model.EventInProgress: "A challenge is open, or was never answered.",
}

// attempted says who did what, when and from where.
func attempted(x *Explanation) string {
	var b strings.Builder
	b.WriteString(or(x.Username, "A user who is gone"))
	b.WriteString(" " + or(attempts[x.Type], "left an event of type "+string(x.Type)))
	b.WriteString(" on " + x.At.Format("2006-01-02 at 15:04:05 MST"))
	if where := strings.Trim(x.Place.City+", "+x.Place.Country, ", "); where != "" {
		b.WriteString(" from " + where)
	}
	if x.Place.IP != "" {
		b.WriteString(" (" + x.Place.IP + ")")
	}
	if x.Device != "" {
		b.WriteString(" with " + x.Device)
	}
	return b.String() + ". " + ends[x.Response]
}

// factorWords are what the challenges of an event are called.
var factorWords = map[string]string{
	shape.ChallengeNamePassword:            "password",
	shape.ChallengeNameMfa:                 "second factor",
	shape.ChallengeNameTypeEmailOtp:        "code sent by e-mail",
	shape.ChallengeNameTypeSmsOtp:          "code sent by SMS",
	shape.ChallengeNameTypeWebAuthn:        "passkey",
	shape.ChallengeNameTypeCustomChallenge: "custom challenge",
}

// tried says what was proved.
func tried(x *Explanation) (out []string) {
	right := map[bool]string{true: "right", false: "wrong"}
	for _, c := range x.Challenges {
		out = append(out, fmt.Sprintf("The %s was %s.", factorWords[c.Name], right[c.Response == "Success"]))
	}
	if !x.LockedUntil.IsZero() {
		out = append(out, "That locked it until "+x.LockedUntil.Format("15:04:05 MST")+".")
	}
	if x.Remembered {
		out = append(out, "The device is remembered, and proved itself.")
	}
	if x.Abandoned {
		out = append(out, "A second factor was asked for and never given.")
	}
	return out
}

func ofPassword(p Password) (out []string) {
	if p.Compromised {
		how := map[string]string{
			string(model.MatchPasswords): "by itself", string(model.MatchPairs): "together with the user's name",
		}[p.Matched]
		out = append(out, "The password is known to be leaked, "+or(how, "as a neighbour of one that leaked with the user's name")+".")
	}
	if p.Flagged {
		out = append(out, "It passed with tokens that are good for a new password only.")
	}
	if p.Unchecked != "" {
		out = append(out, "The password could not be looked up: "+p.Unchecked+".")
	}
	return out
}

// ofRisk says how the attempt was judged, why, and what followed.
func ofRisk(r *Judgement) []string {
	switch {
	case r == nil:
		return []string{"It was not judged."}
	case r.Skipped:
		return []string{"It was not judged, because its address is on the list of those that are not."}
	}
	out := []string{fmt.Sprintf("The risk was %s: %d of 1000, where the most unusual 5 %% of honest sign-ins begin at 500.", r.Level, r.Scale)}
	var against, inFavour, besides []string
	for _, s := range r.Signals {
		switch {
		case s.Floor != "":
			out = append(out, fmt.Sprintf("A rule demands at least %s: %s.", s.Floor, s.Text))
		case s.Nats > 0:
			against = append(against, s.Text)
		case s.Nats < 0:
			inFavour = append(inFavour, s.Text)
		default:
			besides = append(besides, s.Text)
		}
	}
	for _, l := range []struct {
		lead  string
		texts []string
	}{{"Against the user", against}, {"For the user", inFavour}, {"Besides", besides}} {
		if len(l.texts) > 0 {
			out = append(out, l.lead+": "+strings.Join(l.texts, "; ")+".")
		}
	}
	if c := r.Counterfactual; c != nil {
		out = append(out, fmt.Sprintf("It would have been %s, had the user been known for this %s.", c.Level, c.Fact))
	}
	out = append(out, followed(r))
	if len(r.Off) > 0 {
		out = append(out, "Switched off: "+strings.Join(r.Off, ", ")+".")
	}
	for _, s := range r.Shadows {
		out = append(out, fmt.Sprintf("The shadow policy %q has it as %s, with %s.", s.Name, s.Level, s.Action))
	}
	return out
}

// consequences are the actions in words.
var consequences = map[model.Action]string{
	model.NoAction:        "Nothing followed from the level.",
	model.MFAIfConfigured: "A second factor was to be asked for, where the user has one.",
	model.MFARequired:     "A second factor was required.",
	model.Block:           "It was to be blocked.",
}

func followed(r *Judgement) string {
	text := consequences[r.Action]
	if r.Learning {
		text = "Nothing followed from the level, because the user is still being learned."
	}
	if r.Notified {
		text += " The user was to be told."
	}
	return or(text, "Nothing is known of what followed.")
}

// answered says what somebody said of the event, and what became of that.
func answered(a *Answer) string {
	who := map[string]string{model.ProviderAdmin: "An administrator", model.ProviderUser: "The user"}[a.Provider]
	what := "was not the user's"
	if a.Value == model.FeedbackValid {
		what = "was the user's"
	}
	text := fmt.Sprintf("%s said on %s that it %s, which changed %d numbers", or(who, a.Provider), day(a.At), what, len(a.Changes))
	if !a.UndoneAt.IsZero() {
		text += "; that was taken back on " + day(a.UndoneAt)
	}
	return text + "."
}

func day(at time.Time) string { return at.Format(time.DateOnly) }

func or(text, otherwise string) string {
	if text == "" {
		return otherwise
	}
	return text
}
