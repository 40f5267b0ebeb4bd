package notify

import (
	"encoding/base64"

	"github.com/gatehouse-id/gatehouse/internal/base/webhook"
)

// Sign is sign for the tests outside.
func Sign(secret, id, timestamp, body string) string {
	key, err := base64.StdEncoding.DecodeString(secret)
	if err != nil {
		panic(err)
	}
	return webhook.Signature(key, id, timestamp, []byte(body))
}

// Guard is guard for the tests outside.
var Guard = guard
