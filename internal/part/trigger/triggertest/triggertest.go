// Package triggertest gives the stories that every runtime must live through: the contract of trigger.Runtime as tests.
package triggertest

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/gatehouse-id/gatehouse/internal/part/trigger"
)

// Rig is a runtime with its function in the hands of the test.
type Rig struct {
	Runtime trigger.Runtime
	// Secrets are the credentials of the runtime, which nothing may show.
	Secrets []string
	// Asked are the events that the function was asked with.
	Asked func() []string
	// Answer makes the function answer a text, Throw throw a message, Break fail
	// without one and quoting the event, Refuse be no function at all; Hang makes it
	// fall silent, telling so.
	Answer, Throw func(string)
	Break, Refuse func()
	Hang          func() <-chan struct{}
}

// event holds what nothing may show.
const (
	hush  = "hush-4711"
	event = `{"request":{"challengeAnswer":"` + hush + `"}}`
)

// Run tells the stories, each with a rig of its own.
func Run(t *testing.T, open func(*testing.T) Rig) {
	for _, story := range []struct {
		name string
		tell func(*testing.T, Rig)
	}{
		{"asks with the event and returns the answer, byte by byte", asks},
		{"asks many at once", asksMany},
		{"tells what the function threw", tellsThrown},
		{"shortens what it threw to a line", shortens},
		{"takes an errorMessage beside a response for a member that nobody knows", knowsNotThrown},
		{"tells that the function failed, and asks it once", tellsBroken},
		{"tells that there is no function", tellsRefused},
		{"refuses an answer without end", refusesEndless},
		{"gives up when the context ends", givesUp},
		{"does not begin when the context has ended", doesNotBegin},
	} {
		t.Run(story.name, func(t *testing.T) { story.tell(t, open(t)) })
	}
}

func (r Rig) quiet(t *testing.T, texts ...any) {
	t.Helper()
	shown := fmt.Sprintf("%v %+v %s %#v", r.Runtime, r.Runtime, r.Runtime, texts) + fmt.Sprint(texts...)
	for _, secret := range append(r.Secrets, hush) {
		if strings.Contains(shown, secret) {
			t.Errorf("%q is shown: %s", secret, shown)
		}
	}
}

func asks(t *testing.T, r Rig) {
	const answer = ` {"response": {"x": "ü"}} `
	r.Answer(answer)
	got, err := r.Runtime.Invoke(t.Context(), []byte(event))
	if err != nil || string(got) != answer {
		t.Errorf("got %q, %v; want %q", got, err, answer)
	}
	if asked := r.Asked(); len(asked) != 1 || asked[0] != event {
		t.Errorf("it was asked with %q, want once with %q", asked, event)
	}
}

func asksMany(t *testing.T, r Rig) {
	r.Answer(`{"response":{}}`)
	const many = 24
	var all sync.WaitGroup
	for range many {
		all.Go(func() {
			if _, err := r.Runtime.Invoke(t.Context(), []byte(event)); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if n := len(r.Asked()); n != many {
		t.Errorf("it was asked %d times, want %d", n, many)
	}
}

func thrown(t *testing.T, r Rig) string {
	t.Helper()
	_, err := r.Runtime.Invoke(t.Context(), []byte(event))
	var it *trigger.Thrown
	if !errors.As(err, &it) {
		t.Fatalf("got %v, want what was thrown", err)
	}
	if n := len(r.Asked()); n != 1 {
		t.Errorf("it was asked %d times, want once", n)
	}
	return it.Message
}

func tellsThrown(t *testing.T, r Rig) {
	r.Throw("Not today")
	if got := thrown(t, r); got != "Not today" {
		t.Errorf("got %q", got)
	}
}

func shortens(t *testing.T, r Rig) {
	r.Throw("a\r\nb" + strings.Repeat("ü", 100_000))
	if got := thrown(t, r); !strings.HasPrefix(got, "a  b") || len(got) > 1024 {
		t.Errorf("got %d bytes: %.20q", len(got), got)
	}
}

func knowsNotThrown(t *testing.T, r Rig) {
	r.Answer(`{"response":{},"errorMessage":"old news"}`)
	if _, err := r.Runtime.Invoke(t.Context(), []byte(event)); err != nil {
		t.Error(err)
	}
}

func fails(t *testing.T, r Rig) {
	t.Helper()
	_, err := r.Runtime.Invoke(t.Context(), []byte(event))
	var it *trigger.Thrown
	if err == nil || errors.As(err, &it) {
		t.Errorf("got %v, want a failure", err)
	}
	r.quiet(t, err)
}

func tellsBroken(t *testing.T, r Rig) {
	r.Break()
	fails(t, r)
	if n := len(r.Asked()); n != 1 {
		t.Errorf("it was asked %d times, want once: nobody knows what it did", n)
	}
}

func tellsRefused(t *testing.T, r Rig) {
	r.Refuse()
	fails(t, r)
}

func refusesEndless(t *testing.T, r Rig) {
	r.Answer(strings.Repeat(" ", trigger.MaxAnswer+1))
	fails(t, r)
	r.Answer(strings.Repeat(" ", trigger.MaxAnswer))
	if _, err := r.Runtime.Invoke(t.Context(), []byte(event)); err != nil {
		t.Errorf("the longest answer: %v", err)
	}
}

func givesUp(t *testing.T, r Rig) {
	hanging := r.Hang()
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() {
		_, err := r.Runtime.Invoke(ctx, []byte(event))
		done <- err
	}()
	<-hanging
	cancel()
	if err := <-done; !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want that the context ended", err)
	}
}

func doesNotBegin(t *testing.T, r Rig) {
	r.Answer(`{"response":{}}`)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := r.Runtime.Invoke(ctx, []byte(event)); err == nil {
		t.Error("got an answer")
	}
	if asked := r.Asked(); len(asked) != 0 {
		t.Errorf("it was asked with %q", asked)
	}
}
