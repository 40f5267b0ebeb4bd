package compat

import (
	"strings"
	"sync"
	"time"
)

// transcript is what a process has printed so far; others may wait for words of it.
type transcript struct {
	mu      sync.Mutex
	text    strings.Builder
	changed chan struct{} // closed and replaced at every write
	closed  chan struct{}
}

func (t *transcript) Write(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.text.Write(p)
	if t.changed != nil {
		close(t.changed)
		t.changed = nil
	}
	return len(p), nil
}

func (t *transcript) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.text.String()
}

// await waits until the text holds these words, the process has ended or patience has.
func (t *transcript) await(words string) (came bool) {
	enough := time.After(patience)
	for {
		t.mu.Lock()
		came = strings.Contains(t.text.String(), words)
		if t.changed == nil {
			t.changed = make(chan struct{})
		}
		changed := t.changed
		t.mu.Unlock()
		if came {
			return true
		}
		select {
		case <-changed:
		case <-t.ended():
			return strings.Contains(t.String(), words)
		case <-enough:
			return false
		}
	}
}

// ended is closed when the process has ended.
func (t *transcript) ended() chan struct{} {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.closed == nil {
		t.closed = make(chan struct{})
	}
	return t.closed
}

func (t *transcript) end() { close(t.ended()) }
