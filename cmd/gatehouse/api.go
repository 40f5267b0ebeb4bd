package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"

	"github.com/gatehouse-id/gatehouse/internal/base/wire"
	"github.com/gatehouse-id/gatehouse/internal/door/mailbox"
)

// api speaks AWS JSON 1.1 to a development server, which asks for no signature.
type api struct {
	url  string
	http *http.Client
}

// body is a request or an answer, by the names of Cognito's shapes.
type body = map[string]any

// refusal is an error that the server answered with.
type refusal struct {
	Status  int    `json:"-"`
	Type    string `json:"__type"`
	Message string `json:"message"`
}

// Error tells all of it.
func (r *refusal) Error() string { return fmt.Sprintf("%d %s  %s", r.Status, r.Type, r.Message) }

// maxAnswer bounds what is read of an answer.
const maxAnswer = 4 << 20

// call runs one operation; out may be nil. An answer that is not 200 is a *refusal.
func (a *api) call(ctx context.Context, operation string, in body, out any) error {
	encoded, err := wire.Encode(in)
	if err != nil {
		return err
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, a.url+"/", bytes.NewReader(encoded))
	if err != nil {
		return err
	}
	r.Header.Set("Content-Type", "application/x-amz-json-1.1")
	r.Header.Set("X-Amz-Target", "AWSCognitoIdentityProviderService."+operation)
	status, answer, err := a.do(r)
	switch {
	case err != nil:
		return fmt.Errorf("%s: %w", operation, err)
	case status != http.StatusOK:
		refused := &refusal{Status: status}
		if err := wire.Read(answer, refused); err != nil {
			return fmt.Errorf("%s: status %d without an error of the API", operation, status)
		}
		refused.Type = refused.Type[strings.LastIndexByte(refused.Type, '#')+1:]
		return refused
	case out == nil:
		return nil
	}
	return wire.Read(answer, out)
}

// letter is a message in the mailbox.
type letter struct {
	ID   string `json:"id"`
	Pool string `json:"pool"`
	Text string `json:"text"`
}

// letters are the messages that were kept for a recipient, newest first.
func (a *api) letters(ctx context.Context, to string) (list []letter, err error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, a.url+mailbox.Path+".json?to="+url.QueryEscape(to), nil)
	if err != nil {
		return nil, err
	}
	status, answer, err := a.do(r)
	if err == nil && status != http.StatusOK {
		err = fmt.Errorf("status %d", status)
	}
	if err == nil {
		err = wire.Read(answer, &list)
	}
	if err != nil {
		return nil, fmt.Errorf("read the mailbox: %w", err)
	}
	return list, nil
}

func (a *api) do(r *http.Request) (status int, answer []byte, err error) {
	resp, err := a.http.Do(r)
	if err != nil {
		return 0, nil, err
	}
	defer resp.Body.Close()
	answer, err = io.ReadAll(io.LimitReader(resp.Body, maxAnswer))
	return resp.StatusCode, answer, err
}
