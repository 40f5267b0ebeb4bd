package scene

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
)

// upload puts a file where a job wants it: URL, and the lines of the file below it.
func (w *world) upload(ctx context.Context, rest string) error {
	url, text := word(rest)
	url, err := w.fill(url, plain)
	if err != nil {
		return err
	}
	if text, err = w.fill(text, plain); err != nil {
		return err
	}
	var file strings.Builder
	for line := range strings.SplitSeq(text, "\n") {
		file.WriteString(strings.TrimSpace(line) + "\n")
	}
	return w.send(ctx, request{method: http.MethodPut, path: strings.TrimPrefix(url, baseURL), bodies: []string{file.String()}})
}

// imports lets the worker do all that is due: jobs that were started run to their end.
func (w *world) imports(ctx context.Context, _ string) error {
	w.ledger.turn()
	for {
		worked, err := w.server.Imports().Work(ctx)
		if err != nil {
			return err
		}
		if !worked {
			return w.ledger.look(ctx, w.server.Outbox())
		}
	}
}

// log holds the log of a job, by its id or the URL of its log, against the lines below it.
func (w *world) log(ctx context.Context, rest string) error {
	name, text := word(rest)
	name, err := w.fill(name, plain)
	if err != nil {
		return err
	}
	var got string
	if path, ok := strings.CutPrefix(name, baseURL); ok {
		a := w.exchange(ctx, request{method: http.MethodGet, path: path}, "")
		if a.status != http.StatusOK {
			return fmt.Errorf("got %s", a)
		}
		got = string(a.body)
	} else {
		var b strings.Builder
		if err := w.server.Imports().WriteLog(ctx, w.vars["pool"], name, &b); err != nil {
			return err
		}
		got = b.String()
	}
	if text, err = w.fill(text, plain); err != nil {
		return err
	}
	var want strings.Builder
	for line := range strings.SplitSeq(text, "\n") {
		want.WriteString(strings.TrimSpace(line) + "\n")
	}
	if got != want.String() {
		return errors.New("got:\n" + got + "want:\n" + want.String())
	}
	return nil
}
