package scene

import (
	"context"
	"fmt"
	"net/netip"
	"strconv"
	"time"
)

// from says where the requests from here on come from.
func (w *world) from(_ context.Context, rest string) error {
	address, agent := word(rest)
	ip, err := netip.ParseAddr(address)
	if err != nil {
		return err
	}
	w.address, w.agent = netip.AddrPortFrom(ip, 1234).String(), agent
	return nil
}

// habit lets a user sign in once a day, so that something is known of them.
func (w *world) habit(ctx context.Context, rest string) error {
	name, rest := word(rest)
	days, err := strconv.Atoi(rest)
	if err != nil {
		return fmt.Errorf("%q is no number of days", rest)
	}
	seen, err := w.adminGetUser(ctx, name)
	if err != nil {
		return err
	}
	body := map[string]any{
		"ClientId": w.vars["app"], "AuthFlow": "USER_PASSWORD_AUTH",
		"AuthParameters": map[string]any{"USERNAME": name, "PASSWORD": w.vars["password"]},
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
