package scene

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// user makes a user in a status, by the API's own ways there. What that leaves
// behind is not the story's to tell.
func (w *world) user(ctx context.Context, rest string) error {
	filled, err := w.fill(rest, plain)
	if err != nil {
		return err
	}
	name, filled := word(filled)
	status, filled := word(filled)
	password, attributes := goodPassword, map[string]string{}
	for _, given := range strings.Fields(filled) {
		if attribute, value, ok := strings.Cut(given, "="); ok {
			attributes[attribute] = value
		} else {
			password = given
		}
	}
	if err := w.makeUser(ctx, name, status, password, attributes); err != nil {
		return err
	}
	seen, err := w.adminGetUser(ctx, name)
	if err != nil {
		return err
	}
	w.vars["sub"] = attribute(seen, "sub")
	if seen["UserStatus"] != status {
		return fmt.Errorf("the user is %v", seen["UserStatus"])
	}
	if err := w.ledger.look(ctx, w.server.Outbox()); err != nil {
		return err
	}
	w.ledger.forget(w.vars["sub"])
	return nil
}

func (w *world) makeUser(ctx context.Context, name, status, password string, attributes map[string]string) error {
	of := map[string]any{"UserPoolId": w.vars["pool"], "Username": name}
	if status == "UNCONFIRMED" {
		body := map[string]any{"ClientId": w.vars["app"], "Username": name, "Password": password, "UserAttributes": pairs(attributes)}
		if hash, err := w.hash(name, w.vars["app"]); err == nil {
			body["SecretHash"] = hash
		}
		_, err := w.ask(ctx, "SignUp", body)
		return err
	}
	for _, address := range []string{"email", "phone_number"} {
		if attributes[address] != "" && attributes[address+"_verified"] == "" {
			attributes[address+"_verified"] = "true"
		}
	}
	temporary := password
	if status != "FORCE_CHANGE_PASSWORD" {
		temporary += "-Temporary" // a pool with a history would refuse the same password twice
	}
	create := maps.Clone(of)
	create["MessageAction"], create["TemporaryPassword"], create["UserAttributes"] = "SUPPRESS", temporary, pairs(attributes)
	if _, err := w.ask(ctx, "AdminCreateUser", create); err != nil {
		return err
	}
	if status == "FORCE_CHANGE_PASSWORD" {
		return nil
	}
	set := maps.Clone(of)
	set["Password"], set["Permanent"] = password, true
	if _, err := w.ask(ctx, "AdminSetUserPassword", set); err != nil {
		return err
	}
	if status == "RESET_REQUIRED" {
		_, err := w.ask(ctx, "AdminResetUserPassword", of)
		return err
	}
	return nil
}

// pairs is a list of attributes on the wire.
func pairs(attributes map[string]string) []map[string]string {
	var list []map[string]string
	for _, name := range slices.Sorted(maps.Keys(attributes)) {
		list = append(list, map[string]string{"Name": name, "Value": attributes[name]})
	}
	return list
}

// attribute finds an attribute in the answer of AdminGetUser.
func attribute(user map[string]any, name string) string {
	list, _ := user["UserAttributes"].([]any)
	for _, element := range list {
		if a, _ := element.(map[string]any); a["Name"] == name {
			value, _ := a["Value"].(string)
			return value
		}
	}
	return ""
}

func (w *world) adminGetUser(ctx context.Context, name string) (map[string]any, error) {
	return w.ask(ctx, "AdminGetUser", map[string]any{"UserPoolId": w.vars["pool"], "Username": name})
}

// state asserts that a user exists in a status.
func (w *world) state(ctx context.Context, rest string) error {
	filled, err := w.fill(rest, plain)
	if err != nil {
		return err
	}
	name, filled := word(filled)
	status, enabled := word(filled)
	got, err := w.adminGetUser(ctx, name)
	if err != nil {
		return err
	}
	if got["UserStatus"] != status || got["Enabled"] != (enabled != "disabled") {
		return fmt.Errorf("got:  %v, enabled: %v\nwant: %s", got["UserStatus"], got["Enabled"], filled)
	}
	w.ledger.know(attribute(got, "sub"))
	return nil
}

// noUser asserts that nobody has a name.
func (w *world) noUser(ctx context.Context, name string) error {
	filled, err := w.fill(name, plain)
	if err != nil {
		return err
	}
	if got, err := w.adminGetUser(ctx, filled); err == nil {
		return fmt.Errorf("there is one: %v", got)
	} else if !strings.Contains(err.Error(), "UserNotFoundException") {
		return err
	}
	return nil
}
