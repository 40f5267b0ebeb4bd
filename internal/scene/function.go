package scene

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"

	"github.com/gatehouse-id/gatehouse/internal/base/webhook"
)

// functions are those that the triggers of a story's pools run, in a server of their
// own: each answers by the first of its rules that fits.
type functions struct {
	server *httptest.Server
	mu     sync.Mutex
	rules  map[string][]rule         // by trigger
	asked  map[string]map[string]any // the last event of each trigger
	times  map[string]int
}

// rule is WHEN -> WHAT.
type rule struct{ when, what string }

const (
	functionARN    = "arn:aws:lambda:us-east-1:000000000000:function:"
	functionSecret = "scene-functions-have-a-secret-too"
)

// triggers are those that a story can tell.
var triggers = []string{"DefineAuthChallenge", "CreateAuthChallenge", "VerifyAuthChallengeResponse"}

func newFunctions() *functions {
	f := &functions{rules: map[string][]rule{}, asked: map[string]map[string]any{}, times: map[string]int{}}
	f.server = httptest.NewServer(f)
	return f
}

// settings are what the server is told of them.
func (f *functions) settings() (pairs []string) {
	for _, name := range triggers {
		pairs = append(pairs, functionARN+name+"="+f.server.URL+"/"+name+
			"#secret=whsec_"+base64.StdEncoding.EncodeToString([]byte(functionSecret)))
	}
	return pairs
}

// customSetting gives a pool the functions of a custom sign-in.
func customSetting(body map[string]any, mode string) error {
	for _, name := range triggers {
		put(body, "LambdaConfig."+name, functionARN+name)
	}
	if mode != "" {
		body["UserPoolTier"] = "PLUS"
		if body["UserPoolAddOns"] == nil {
			put(body, "UserPoolAddOns.AdvancedSecurityMode", "OFF")
		}
		put(body, "UserPoolAddOns.AdvancedSecurityAdditionalFlows.CustomAuthMode", mode)
	}
	return nil
}

// function adds a rule: TRIGGER WHEN -> WHAT.
func (w *world) function(_ context.Context, rest string) error {
	name, rest := word(rest)
	when, what, ok := strings.Cut(rest, "->")
	if !ok {
		return fmt.Errorf("want TRIGGER WHEN -> WHAT, got %q", rest)
	}
	f := w.functions
	f.mu.Lock()
	defer f.mu.Unlock()
	f.rules[name] = append(f.rules[name], rule{strings.TrimSpace(when), strings.TrimSpace(what)})
	return nil
}

// forget takes the rules of a trigger away.
func (w *world) forget(_ context.Context, name string) error {
	f := w.functions
	f.mu.Lock()
	defer f.mu.Unlock()
	delete(f.rules, name)
	return nil
}

// asked holds the last event of a trigger against the story, and how many there were.
func (w *world) asked(_ context.Context, rest string) error {
	name, rest := word(rest)
	times, pattern := word(rest)
	f := w.functions
	f.mu.Lock()
	event, count := f.asked[name], f.times[name]
	f.mu.Unlock()
	if n, err := strconv.Atoi(strings.TrimSuffix(times, "x")); err == nil && strings.HasSuffix(times, "x") {
		if count != n {
			return fmt.Errorf("%s was asked %d times, want %d", name, count, n)
		}
		if pattern == "" {
			return nil
		}
		rest = pattern
	}
	want, err := object(rest)
	if err != nil {
		return fmt.Errorf("what is wanted is not JSON: %w", err)
	}
	m := matcher{world: w, caught: map[string]string{}}
	if err := m.match("", want, event); err != nil {
		printed, _ := encode(event)
		return fmt.Errorf("got:  %s\n%w", printed, err)
	}
	m.keep()
	return nil
}

// ServeHTTP runs a function for whoever signs as our server does.
func (f *functions) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	h := r.Header
	if err != nil || h.Get("Webhook-Signature") != "v1,"+webhook.Signature([]byte(functionSecret), h.Get("Webhook-Id"), h.Get("Webhook-Timestamp"), body) {
		w.WriteHeader(http.StatusUnauthorized)
		return
	}
	event, err := object(string(body))
	if err != nil {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	name := strings.TrimPrefix(r.URL.Path, "/")
	f.mu.Lock()
	f.asked[name] = event
	f.times[name]++
	what := "status 404"
	for _, rule := range f.rules[name] {
		if rule.when == "*" || rule.when == occasion(event) {
			what = rule.what
			break
		}
	}
	f.mu.Unlock()
	reply(w, event, what)
}

// occasion is what WHEN names: the answer that is to be verified, or what was
// answered so far, as SRP_A,PASSWORD_VERIFIER,CUSTOM_CHALLENGE! with a mark for what
// was wrong. Before anything was answered it is the word start.
func occasion(event map[string]any) string {
	request, _ := event["request"].(map[string]any)
	if answer, ok := request["challengeAnswer"].(string); ok {
		return answer
	}
	session, _ := request["session"].([]any)
	if len(session) == 0 {
		return "start"
	}
	var list []string
	for _, one := range session {
		result, _ := one.(map[string]any)
		text, _ := result["challengeName"].(string)
		if result["challengeResult"] != true {
			text += "!"
		}
		list = append(list, text)
	}
	return strings.Join(list, ",")
}

// reply does WHAT says: a response, or throw MESSAGE, status NUMBER, text ANYTHING.
func reply(w http.ResponseWriter, event map[string]any, what string) {
	verb, rest := word(what)
	switch verb {
	case "throw":
		w.WriteHeader(http.StatusBadRequest)
		what, _ = encode(map[string]any{"errorMessage": rest, "errorType": "Error"})
	case "status":
		status, err := strconv.Atoi(rest)
		if err != nil {
			status = http.StatusInternalServerError
		}
		w.WriteHeader(status)
		return
	case "text":
		what = rest
	default:
		event["response"] = json.RawMessage(what)
		what, _ = encode(event)
	}
	_, _ = io.WriteString(w, what)
}
