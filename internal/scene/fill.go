package scene

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"regexp"
	"strings"
	"time"
)

// reference is a variable, a SECRET_HASH or a dollar.
const reference = `\$hash\([^)]*\)|\$\w+|\$\$`

var references = regexp.MustCompile(reference)

// filling is how a value enters a text.
type filling int

const (
	plain   filling = iota
	inJSON          // inside a JSON string
	lenient         // for errors: what is unknown stays as it is
)

// fill replaces the references in a text.
func (w *world) fill(text string, how filling) (string, error) {
	var first error
	filled := references.ReplaceAllStringFunc(text, func(token string) string {
		value, err := w.value(token)
		switch {
		case err != nil && how == lenient:
			return token
		case err != nil:
			first = errors.Join(first, err)
			return token
		case how == inJSON:
			quoted, err := encode(value)
			first = errors.Join(first, err)
			return strings.TrimSuffix(strings.TrimPrefix(quoted, `"`), `"`)
		}
		return value
	})
	return filled, first
}

// value is what a reference stands for.
func (w *world) value(token string) (string, error) {
	if token == "$$" {
		return "$", nil
	}
	if inner, ok := strings.CutPrefix(token, "$hash("); ok {
		name, client, other := strings.Cut(strings.TrimSuffix(inner, ")"), ",")
		if !other {
			client = "app"
		}
		return w.hash(strings.TrimSpace(name), w.vars[strings.TrimSpace(client)])
	}
	value, ok := w.vars[strings.TrimPrefix(token, "$")]
	if !ok {
		return "", fmt.Errorf("%s stands for nothing", token)
	}
	return value, nil
}

// hash is SECRET_HASH, computed apart from the server:
// Base64(HMAC-SHA256(key = client secret, message = user name || client id)).
func (w *world) hash(name, client string) (string, error) {
	secret, ok := w.secrets[client]
	if !ok {
		return "", fmt.Errorf("the client %q has no secret", client)
	}
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte(name + client))
	return base64.StdEncoding.EncodeToString(mac.Sum(nil)), nil
}

// moment reads now, now+1h or now-1h as seconds since the epoch.
func (w *world) moment(text string) (int64, error) {
	rest, ok := strings.CutPrefix(text, "now")
	now := w.clock.Now()
	switch {
	case !ok || rest != "" && rest[0] != '+' && rest[0] != '-':
		return 0, errors.New("no moment")
	case rest == "":
		return now.Unix(), nil
	}
	d, err := duration(rest[1:])
	if rest[0] == '-' {
		d = -d
	}
	return now.Add(d.Truncate(time.Second)).Unix(), err
}

// wholeSeconds is a time on the wire without its fraction; 0 for what is no number.
func wholeSeconds(n json.Number) int64 {
	f, err := n.Float64()
	if err != nil {
		return 0
	}
	return int64(math.Floor(f))
}
