package admin_test

import (
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gatehouse-id/gatehouse/internal/base/model"
	"github.com/gatehouse-id/gatehouse/internal/base/store"
)

// event is one of a list, as far as tests look at it.
type event struct {
	ID, Type, Response, Level, Decision, Action, Device, ClientID string
	At                                                            time.Time
	Reasons                                                       []string
	Place                                                         struct{ IP, City, Country string }
	Challenges                                                    []struct{ Name, Response string }
	Feedback                                                      *struct{ Value, Provider string }
}

// explanation is the whole one.
type explanation struct {
	event
	Words         []string
	Sub, Username string
	Policy        struct {
		Of      string
		Version int64
	}
	Password struct {
		Compromised, Flagged bool
		Matched              string
	}
	Risk *struct {
		Level, Weights string
		Score          float64
		Scale          int
		Signals        []struct {
			Code, Text string
			Nats       float64
		}
		Counterfactual    *struct{ Fact, Level string }
		Shadows           []struct{ Name, Level, Action string }
		SwitchedOff       []string
		Skipped, Learning bool
	}
	Answers []answered
}

type answered struct {
	Value, Provider string
	At              time.Time
	UndoneAt        *time.Time
	Changes         []struct {
		Where, What   string
		Before, After float64
	}
}

func (r *rig) events(t testing.TB, at town, user, query string) (list []event, next string) {
	t.Helper()
	var page struct {
		Events []event
		Next   string
	}
	r.call(t, "GET", "/pools/"+at.pool+"/users/"+user+"/events"+query, "").into(t, &page)
	return page.Events, page.Next
}

func (r *rig) explain(t testing.TB, at town, id string) (x explanation) {
	t.Helper()
	r.call(t, "GET", "/pools/"+at.pool+"/events/"+id, "").into(t, &x)
	return x
}

// rewrite gives the newest event of a user another detail, and explains it.
func (r *rig) rewrite(t testing.TB, at town, user string, detail model.EventDetail) explanation {
	t.Helper()
	list, _ := r.events(t, at, user, "?limit=1")
	err := r.Store.Update(t.Context(), func(tx *store.Tx) error {
		found, err := tx.FindEvent(at.pool, list[0].ID)
		if err != nil {
			return err
		}
		found.Detail = detail
		return tx.SaveEvent(found)
	})
	if err != nil {
		t.Fatal(err)
	}
	return r.explain(t, at, list[0].ID)
}

// stranger has every member that an event can have.
var stranger = model.EventDetail{
	RiskDecision: "Block", RiskLevel: "High", Compromised: true, Matched: "pairs", Flagged: true, Unchecked: "the index is gone",
	IP: "203.0.113.5", UserAgent: "curl/8", DeviceName: "Chrome 126, Windows 10", Timezone: "+03:00", City: "Moscow", Country: "Russia",
	Model: "Pixel", Device: "0123456789ab", Hints: &model.ClientHints{Platform: "Windows"}, LockedUntil: noon.Add(time.Minute), Fingerprint: "expired", Challenges: []model.ChallengeResult{{Name: "Password", Response: "Success"}, {Name: "Mfa", Response: "Failure"}},
	Abandoned: true, Remembered: true,
	Risk: &model.RiskDetail{
		Level: "high", Score: 3.5, Scale: 950, Evidence: 2.5, Weights: "trained on bench/risk",
		Reasons: []model.RiskReason{
			{Code: "IMPOSSIBLE_TRAVEL", Nats: 0, Value: 9400, Baseline: 0.2, Floor: "high", Text: "9400 km to Moscow in 12 minutes", UserText: "too far from your last sign-in"},
			{Code: "NEW_DEVICE", Nats: 2.5, Text: "a device the user never used", UserText: "a new device"},
			{Code: "USUAL_HOUR", Nats: -0.5, Text: "a time the user is often seen at: 12 to 14 UTC"},
			{Code: "FIRST_SIGN_IN", Text: "nothing is known of the user yet"},
		},
		Fact: "device", FactLevel: "low", Action: model.Block, Notified: true, Off: []string{"unusualHour"},
		Shadows: []model.ShadowVerdict{{Name: "lenient", Level: "medium", Score: 1.5, Action: model.MFARequired}},
	},
}

func TestEvents(t *testing.T) {
	r := newRig(t, nil)
	at := r.town(t)
	r.user(t, at, "ann")
	r.user(t, at, "bob")
	r.signIn(t, at, "ann", secret)
	r.signIn(t, at, "ann", "Wrong-Horse-7")
	for range 5 {
		r.signIn(t, at, "ann", secret)
	}
	r.signIn(t, at, "bob", secret)

	t.Run("the newest first, with what each was", func(t *testing.T) {
		list, next := r.events(t, at, "ann", "")
		if len(list) != 7 || next != "" {
			t.Fatalf("got %d events and %q", len(list), next)
		}
		wrong := list[5]
		if wrong.Response != "Fail" || fmt.Sprint(wrong.Challenges) != "[{Password Failure}]" || wrong.ClientID != at.client || wrong.Place.IP != "127.0.0.1" ||
			wrong.Device != "Chrome 126, Windows 10" || !wrong.At.Equal(noon.Add(2*time.Hour)) || wrong.Type != "SignIn" || wrong.Reasons == nil {
			t.Errorf("got %+v", wrong)
		}
		if last := list[0]; last.Response != "Pass" || last.Level == "" || last.Action != "NO_ACTION" || last.Decision == "" {
			t.Errorf("got %+v", last)
		}
		if !slices.IsSortedFunc(list, func(a, b event) int { return b.At.Compare(a.At) }) {
			t.Error("they are in disorder")
		}
	})
	t.Run("page by page, by any name", func(t *testing.T) {
		all, _ := r.events(t, at, "ann", "?limit=100")
		sub := r.explain(t, at, all[0].ID).Sub
		var seen []string
		for query := "?limit=3"; ; {
			list, next := r.events(t, at, sub, query)
			for _, e := range list {
				seen = append(seen, e.ID)
			}
			if next == "" {
				break
			}
			if query = "?limit=3&before=" + next; len(seen) > 7 {
				t.Fatal("there is no end")
			}
		}
		if len(seen) != 7 || seen[6] != all[6].ID || len(slices.Compact(slices.Sorted(slices.Values(seen)))) != 7 {
			t.Errorf("got %v", seen)
		}
	})
	t.Run("before an event that is forgotten by now", func(t *testing.T) {
		all, _ := r.events(t, at, "ann", "")
		gone, err := model.NewEventID(all[2].At.Add(time.Minute), strings.NewReader("0123456789abcdef"))
		if err != nil {
			t.Fatal(err)
		}
		if list, _ := r.events(t, at, "ann", "?limit=1&before="+gone); len(list) != 1 || list[0].ID != all[2].ID {
			t.Errorf("got %+v, want %s", list, all[2].ID)
		}
	})
	t.Run("with threat protection off as well", func(t *testing.T) {
		r.must(t, "UpdateUserPool", `{"UserPoolId":"`+at.pool+`","UserPoolTier":"PLUS","UserPoolAddOns":{"AdvancedSecurityMode":"OFF"}}`)
		if list, _ := r.events(t, at, "bob", ""); len(list) != 1 {
			t.Errorf("got %d events", len(list))
		}
		r.must(t, "UpdateUserPool", `{"UserPoolId":"`+at.pool+`","UserPoolTier":"PLUS","UserPoolAddOns":{"AdvancedSecurityMode":"ENFORCED"}}`)
	})
	t.Run("and those that are not there", func(t *testing.T) {
		path := "/pools/" + at.pool + "/users/"
		refused(t, r.call(t, "GET", path+"nobody/events", ""), 404, "UserNotFound", "User does not exist.")
		refused(t, r.call(t, "GET", "/pools/us-east-1_Abcdefghi/users/ann/events", ""), 404, "ResourceNotFound", "User pool us-east-1_Abcdefghi does not exist.")
		for _, before := range []string{"", "x", "1", "00000000-0000-0000-0000-000000000000"} {
			refused(t, r.call(t, "GET", path+"ann/events?before="+before, ""), 400, "InvalidParameter", "before is the id of an event.")
		}
		for _, id := range []string{"x", "019cae6b-6580-7000-8000-000000000000"} {
			refused(t, r.call(t, "GET", "/pools/"+at.pool+"/events/"+id, ""), 404, "ResourceNotFound", "Event does not exist.")
		}
		other := r.town(t)
		mine, _ := r.events(t, at, "ann", "?limit=1")
		refused(t, r.call(t, "GET", "/pools/"+other.pool+"/events/"+mine[0].ID, ""), 404, "ResourceNotFound", "Event does not exist.")
	})
}

// TestExplanationsHideNothing has whoever adds a member to events think of the explanation.
func TestExplanationsHideNothing(t *testing.T) {
	for _, v := range []any{stranger, *stranger.Risk, stranger.Risk.Shadows[0]} {
		elsewhere := []string{"Feedback", "Skipped", "Learning"} // told in other tests
		of := reflect.ValueOf(v)
		for field, value := range of.Fields() {
			if value.IsZero() && !slices.Contains(elsewhere, field.Name) {
				t.Errorf("%s.%s: the test of explanations does not have it", of.Type(), field.Name)
			}
		}
	}
}

func TestExplanation(t *testing.T) {
	r := newRig(t, nil)
	at := r.town(t)
	r.user(t, at, "sarah")
	r.signIn(t, at, "sarah", secret)

	t.Run("of an attempt as it was judged", func(t *testing.T) {
		list, _ := r.events(t, at, "sarah", "")
		x := r.explain(t, at, list[0].ID)
		if x.ID != list[0].ID || x.Username != "sarah" || x.Risk == nil || x.Risk.Weights == "" || len(x.Risk.Signals) == 0 || x.Risk.Signals[0].Text == "" || x.Answers == nil {
			t.Errorf("got %+v", x)
		}
		if want := "sarah tried to sign in on 2026-03-02 at 13:00:00 UTC (127.0.0.1) with Chrome 126, Windows 10. That passed."; x.Words[0] != want {
			t.Errorf("got  %s\nwant %s", x.Words[0], want)
		}
	})
	t.Run("with all that an event can have", func(t *testing.T) {
		x := r.rewrite(t, at, "sarah", stranger)
		raw := r.call(t, "GET", "/pools/"+at.pool+"/events/"+x.ID, "").body
		for _, text := range []string{
			"Pixel", "0123456789ab", `"platform":"Windows"`, "curl/8", "expired", "pairs", "the index is gone", "+03:00", `"flagged":true`, `"abandoned":true`, `"remembered":true`,
			`"lockedUntil":"2026-03-02T12:01:00Z"`, `"decision":"Block"`, `"score":3.5`, `"evidence":2.5`, `"notified":true`, "too far from your last sign-in",
			`"value":9400,"baseline":0.2,"floor":"high"`, "trained on bench/risk",
		} {
			if !strings.Contains(raw, text) {
				t.Errorf("it hides %s:\n%s", text, raw)
			}
		}
		if k := x.Risk; k.Level != "high" || k.Scale != 950 || len(k.Signals) != 4 || *k.Counterfactual != (struct{ Fact, Level string }{"device", "low"}) ||
			fmt.Sprint(k.Shadows) != "[{lenient medium MFA_REQUIRED}]" || fmt.Sprint(k.SwitchedOff) != "[unusualHour]" {
			t.Errorf("got %+v", k)
		}
		if fmt.Sprint(x.Reasons) != "[LEAKED_PASSWORD IMPOSSIBLE_TRAVEL NEW_DEVICE]" || x.Place.City != "Moscow" || x.Level != "high" {
			t.Errorf("in short: got %+v", x.event)
		}
		want := []string{
			"sarah tried to sign in on 2026-03-02 at 13:00:00 UTC from Moscow, Russia (203.0.113.5) with Chrome 126, Windows 10. That passed.",
			"The password was right.",
			"The second factor was wrong.",
			"That locked it until 12:01:00 UTC.",
			"The device is remembered, and proved itself.",
			"A second factor was asked for and never given.",
			"The password is known to be leaked, together with the user's name.",
			"It passed with tokens that are good for a new password only.",
			"The password could not be looked up: the index is gone.",
			"The risk was high: 950 of 1000, where the most unusual 5 % of honest sign-ins begin at 500.",
			"A rule demands at least high: 9400 km to Moscow in 12 minutes.",
			"Against the user: a device the user never used.",
			"For the user: a time the user is often seen at: 12 to 14 UTC.",
			"Besides: nothing is known of the user yet.",
			"It would have been low, had the user been known for this device.",
			"It was to be blocked. The user was to be told.",
			"Switched off: unusualHour.",
			`The shadow policy "lenient" has it as medium, with MFA_REQUIRED.`,
		}
		if !slices.Equal(x.Words, want) {
			t.Errorf("got  %q\nwant %q", x.Words, want)
		}
	})
	t.Run("with the policy that held, whatever holds now", func(t *testing.T) {
		held := func(of string, version int64) {
			t.Helper()
			r.signIn(t, at, "sarah", secret)
			list, _ := r.events(t, at, "sarah", "?limit=1")
			for _, later := range []string{"*", "*"} {
				x := r.explain(t, at, list[0].ID)
				if x.Policy.Of != of || x.Policy.Version != version {
					t.Errorf("got %+v, want %s %d", x.Policy, of, version)
				}
				said := slices.Contains(x.Words, fmt.Sprintf("Version %d of the policy of the %s held.", version, of))
				if said != (of != "nobody") {
					t.Errorf("got %q", x.Words)
				}
				r.clock.pass(time.Minute)
				r.call(t, "PUT", "/pools/"+at.pool+"/policy", "{}", "If-Match", later)
			}
		}
		held("nobody", 0)
		held("pool", 2)
		r.call(t, "PUT", "/pools/"+at.pool+"/clients/"+at.client+"/policy", "{}", "If-Match", "*")
		held("client", 1)
		r.call(t, "DELETE", "/pools/"+at.pool+"/clients/"+at.client+"/policy", "")
		held("pool", 6)
		r.call(t, "DELETE", "/pools/"+at.pool+"/policy", "")
		held("nobody", 0)
	})
	t.Run("of one that was not judged", func(t *testing.T) {
		r.call(t, "PUT", "/pools/"+at.pool+"/policy", `{"adaptive":{"learningDays":90}}`, "If-Match", "*")
		r.must(t, "SetRiskConfiguration", `{"UserPoolId":"`+at.pool+`","RiskExceptionConfiguration":{"SkippedIPRangeList":["127.0.0.0/8"]}}`)
		r.signIn(t, at, "sarah", secret)
		list, _ := r.events(t, at, "sarah", "?limit=1")
		x := r.explain(t, at, list[0].ID)
		if !x.Risk.Skipped || !slices.Contains(x.Words, "It was not judged, because its address is on the list of those that are not.") {
			t.Errorf("got %+v, %q", x.Risk, x.Words)
		}
	})
	t.Run("of a user who is gone", func(t *testing.T) {
		list, _ := r.events(t, at, "sarah", "?limit=1")
		r.call(t, "PUT", "/pools/"+at.pool+"/policy", `{"history":{"afterDeletion":"pseudonymise"}}`, "If-Match", "*")
		r.must(t, "AdminDeleteUser", `{"UserPoolId":"`+at.pool+`","Username":"sarah"}`)
		if err := r.Sweep(t.Context()); err != nil {
			t.Fatal(err)
		}
		x := r.explain(t, at, list[0].ID)
		if x.Username != "" || !strings.HasPrefix(x.Words[0], "A user who is gone tried to sign in on ") {
			t.Errorf("got %q, %q", x.Username, x.Words)
		}
	})
}

func TestFeedback(t *testing.T) {
	r := newRig(t, nil)
	at := r.town(t)
	r.user(t, at, "ann")
	for range 3 {
		r.signIn(t, at, "ann", secret)
	}
	list, _ := r.events(t, at, "ann", "")
	path := "/pools/" + at.pool + "/events/" + list[0].ID + "/feedback"
	profile := func() string {
		t.Helper()
		var out struct{ Profile json.RawMessage }
		r.call(t, "GET", "/pools/"+at.pool+"/users/ann/export", "").into(t, &out)
		return string(out.Profile)
	}
	before := profile()
	var first answered

	t.Run("an answer tells what it changed", func(t *testing.T) {
		r.call(t, "POST", path, `{"value":"Invalid"}`).into(t, &first)
		if first.Value != "Invalid" || first.Provider != "Admin" || first.UndoneAt != nil || len(first.Changes) == 0 || first.Changes[0].Where == "" {
			t.Errorf("got %+v", first)
		}
		if profile() == before {
			t.Error("and changed nothing")
		}
		x := r.explain(t, at, list[0].ID)
		if len(x.Answers) != 1 || x.Feedback == nil || x.Feedback.Value != "Invalid" || !slices.Contains(x.Words,
			fmt.Sprintf("An administrator said on 2026-03-02 that it was not the user's, which changed %d numbers.", len(first.Changes))) {
			t.Errorf("got %+v, %q", x.Answers, x.Words)
		}
	})
	t.Run("another one replaces it", func(t *testing.T) {
		r.clock.pass(time.Minute)
		var second answered
		r.call(t, "POST", path, `{"value":"Valid"}`).into(t, &second)
		x := r.explain(t, at, list[0].ID)
		if second.Value != "Valid" || len(x.Answers) != 2 || x.Answers[0].Value != "Valid" || x.Answers[1].UndoneAt == nil {
			t.Errorf("got %+v, %+v", second, x.Answers)
		}
	})
	t.Run("and is taken back", func(t *testing.T) {
		var was struct{ Value string }
		r.call(t, "DELETE", path, "").into(t, &was)
		if was.Value != "Valid" || profile() != before {
			t.Errorf("got %+v; the profile is what it was: %v", was, profile() == before)
		}
		x := r.explain(t, at, list[0].ID)
		if x.Feedback != nil || x.Answers[0].UndoneAt == nil || !strings.HasSuffix(x.Words[len(x.Words)-2], "; that was taken back on 2026-03-02.") {
			t.Errorf("got %+v, %q", x.event, x.Words)
		}
		refused(t, r.call(t, "DELETE", path, ""), 404, "ResourceNotFound", "No feedback on the event stands.")
	})
	t.Run("what is no answer is refused", func(t *testing.T) {
		for body, message := range map[string]string{
			`{"value":"valid"}`:          "Feedback is Valid or Invalid.",
			`{}`:                         "Feedback is Valid or Invalid.",
			`{"value":null}`:             "Feedback is Valid or Invalid.",
			`{"value":"Valid","x":true}`: `The request body cannot be read: it has the unknown member "/x".`,
			`{"value":true}`:             "The request body cannot be read: it has a wrong type at /value: found true.",
			`[]`:                         "The request body cannot be read: it has a wrong type at /: found [.",
			`{"value":"Valid"`:           "The request body cannot be read: it ends too early.",
			` `:                          "The request body cannot be read: it ends too early.",
		} {
			got := r.call(t, "POST", path, body)
			code := "InvalidParameter"
			if strings.HasPrefix(message, "The request") {
				code = "Serialization"
			}
			refused(t, got, 400, code, message)
		}
		refused(t, r.call(t, "POST", path, "{}", "Content-Type", "text/plain"), 415, "UnsupportedMediaType", "The Content-Type must be application/json.")
		refused(t, r.call(t, "POST", path, ""), 415, "UnsupportedMediaType", "The Content-Type must be application/json.")
		missing := "/pools/" + at.pool + "/events/019cae6b-6580-7000-8000-000000000000/feedback"
		refused(t, r.call(t, "POST", missing, `{"value":"Valid"}`), 404, "ResourceNotFound", "Event does not exist.")
		refused(t, r.call(t, "DELETE", missing, ""), 404, "ResourceNotFound", "Event does not exist.")
	})
	t.Run("nor is one while threat protection is off", func(t *testing.T) {
		r.must(t, "UpdateUserPool", `{"UserPoolId":"`+at.pool+`","UserPoolTier":"PLUS","UserPoolAddOns":{"AdvancedSecurityMode":"OFF"}}`)
		refused(t, r.call(t, "POST", path, `{"value":"Valid"}`), 409, "UserPoolAddOnNotEnabled", "User pool add-ons are not enabled for the user pool.")
	})
}
