package scene

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/gatehouse-id/gatehouse/internal/base/report"
)

// from says where the requests from here on come from, and on what device.
func (w *world) from(_ context.Context, rest string) error {
	address, rest := word(rest)
	ip, err := netip.ParseAddr(address)
	if err != nil {
		return err
	}
	w.address, w.device, w.zone = netip.AddrPortFrom(ip, 1234).String(), "", ""
	for {
		first, after := word(rest)
		name, value, _ := strings.Cut(first, "=")
		switch name {
		case "device":
			w.device = value
		case "zone":
			w.zone = value
		default:
			w.agent = rest
			return nil
		}
		rest = after
	}
}

// withFingerprint adds to a request what the browser's script would have told of the device.
func (w *world) withFingerprint(body string) string {
	if w.device == "" && w.zone == "" {
		return body
	}
	request, err := object(body)
	if err != nil {
		return body // it is meant to be no JSON
	}
	name := userOf(request)
	client, _ := request["ClientId"].(string)
	if name == "" || request["UserPoolId"] != nil {
		return body
	}
	payload, err := encode(map[string]any{
		"contextData": map[string]any{"UserAgent": w.agent, "DeviceId": w.device, "ClientTimezone": w.zone},
		"username":    name, "userPoolId": w.vars["pool"], "timestamp": strconv.FormatInt(w.clock.Now().UnixMilli(), 10),
	})
	if err != nil {
		return body
	}
	const version = "JS20171115"
	mac := hmac.New(sha256.New, []byte(client))
	mac.Write([]byte(version + payload))
	text, err := encode(map[string]any{"payload": payload, "version": version, "signature": base64.StdEncoding.EncodeToString(mac.Sum(nil))})
	if err != nil {
		return body
	}
	request["UserContextData"] = map[string]any{"EncodedData": base64.StdEncoding.EncodeToString([]byte(text))}
	if text, err = encode(request); err != nil {
		return body
	}
	return text
}

// userOf is the user name that a request holds.
func userOf(request map[string]any) string {
	for _, in := range []string{"AuthParameters", "ChallengeResponses"} {
		if parameters, ok := request[in].(map[string]any); ok {
			name, _ := parameters["USERNAME"].(string)
			return name
		}
	}
	name, _ := request["Username"].(string)
	return name
}

// habit lets a user sign in once a day, so that something is known of them.
func (w *world) habit(ctx context.Context, rest string) error {
	name, rest := word(rest)
	number, password := word(rest)
	days, err := strconv.Atoi(number)
	if err != nil {
		return fmt.Errorf("%q is no number of days", number)
	}
	if password == "" {
		password = w.vars["password"]
	}
	seen, err := w.adminGetUser(ctx, name)
	if err != nil {
		return err
	}
	body := map[string]any{
		"ClientId": w.vars["app"], "AuthFlow": "USER_PASSWORD_AUTH",
		"AuthParameters": map[string]any{"USERNAME": name, "PASSWORD": password},
	}
	for day := range days {
		if day > 0 {
			w.clock.pass(24 * time.Hour)
		}
		if _, err := w.ask(ctx, "InitiateAuth", body); err != nil {
			return err
		}
	}
	if err := w.ledger.look(ctx, w.server.Outbox()); err != nil {
		return err
	}
	w.ledger.forget(attribute(seen, "sub"))
	return nil
}

// metric asserts that a counter of the pool stands at a number: NAME LABEL... N.
func (w *world) metric(_ context.Context, rest string) error {
	words := strings.Fields(rest)
	if len(words) < 2 {
		return fmt.Errorf("want the name of a metric, its labels after the pool's, and a number")
	}
	name, labels, want := words[0], words[1:len(words)-1], words[len(words)-1]
	got := "0"
	var all []report.Sample
	for _, s := range w.server.Meter().Samples() {
		if s.Metric.Name != name || s.Labels[0] != w.vars["pool"] {
			continue
		}
		all = append(all, s)
		if slices.Equal(s.Labels[1:], labels) {
			got = strconv.FormatInt(s.N, 10)
		}
	}
	if got != want {
		return fmt.Errorf("got:  %s; all there is: %v", got, all)
	}
	return nil
}
