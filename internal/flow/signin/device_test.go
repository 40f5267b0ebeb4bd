package signin_test

import (
	"context"
	"encoding/base64"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/gatehouse-id/gatehouse/internal/base/model"
	"github.com/gatehouse-id/gatehouse/internal/base/shape"
	"github.com/gatehouse-id/gatehouse/internal/base/store/storetest"
	"github.com/gatehouse-id/gatehouse/internal/flow/device"
	"github.com/gatehouse-id/gatehouse/internal/flow/signin"
	"github.com/gatehouse-id/gatehouse/internal/part/srp"
)

const deviceSecret = "the secret of a device"

func remembering(p *model.Pool) {
	p.Doc.DeviceConfiguration = &shape.DeviceConfigurationType{ChallengeRequiredOnNewDevice: ptr(true)}
}

// confirmed is the key and group of a device that the user's sign-in was offered and confirmed.
func (w *world) confirmed(u *model.User) (key, group string) {
	w.t.Helper()
	tokens := w.tokens(web, u.Username, good)
	offer := tokens.NewDevice
	if offer == nil {
		w.t.Fatal("the sign-in was offered no device")
	}
	b, err := w.Bearer(w.t.Context(), tokens.Access)
	if err != nil {
		w.t.Fatal(err)
	}
	salt := []byte{0x40, 1, 2, 3}
	_, err = w.devices.Confirm(w.t.Context(), device.Confirmation{
		Owner: device.Owner{Pool: b.Pool, User: b.User}, Client: b.Client, FamilyID: b.FamilyID, Key: offer.Key,
		Salt:     ptr(base64.StdEncoding.EncodeToString(salt)),
		Verifier: ptr(base64.StdEncoding.EncodeToString(srp.Compute(salt, offer.GroupKey, offer.Key, deviceSecret))),
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return offer.Key, offer.GroupKey
}

// deviceProof goes as far as the answer to DEVICE_PASSWORD_VERIFIER.
func (w *world) deviceProof(name, key, group string) signin.Answer {
	w.t.Helper()
	out, err := w.Start(context.Background(), signin.Attempt{ClientID: web, Flow: "USER_PASSWORD_AUTH", Parameters: map[string]string{
		"USERNAME": name, "PASSWORD": good, "DEVICE_KEY": key,
	}})
	w.expect(out, err, "DEVICE_SRP_AUTH")
	client, err := srp.NewClient(seeded(7), group)
	if err != nil {
		w.t.Fatal(err)
	}
	out, err = w.Answer(context.Background(), signin.Answer{ClientID: web, Challenge: "DEVICE_SRP_AUTH", Session: out.Session, Responses: map[string]string{
		"USERNAME": name, "DEVICE_KEY": key, "SRP_A": client.A(),
	}})
	w.expect(out, err, "DEVICE_PASSWORD_VERIFIER")
	out.Parameters["USER_ID_FOR_SRP"] = key
	responses, err := client.Answer(out.Parameters, deviceSecret, w.clock())
	if err != nil {
		w.t.Fatal(err)
	}
	responses["USERNAME"], responses["DEVICE_KEY"] = name, key
	return signin.Answer{ClientID: web, Challenge: "DEVICE_PASSWORD_VERIFIER", Responses: responses}
}

// However often a proof arrives, and at however many nodes, it signs in once.
func TestAProofOfADeviceSignsInOnce(t *testing.T) {
	w := newWorld(t, storetest.SQLite(t), remembering)
	key, group := w.confirmed(w.add("ann", good, nil))
	proof := w.deviceProof("ann", key, group)
	nodes := []*world{w, w.again(w.store)}
	var passed, refused atomic.Int64
	var all sync.WaitGroup
	for i := range 16 {
		all.Go(func() {
			out, err := nodes[i%2].Answer(context.Background(), proof)
			switch {
			case err == nil && out.Tokens != nil:
				passed.Add(1)
			case err != nil && strings.Contains(err.Error(), "session can only be used once"):
				refused.Add(1)
			default:
				t.Errorf("got %+v, %v", out, err)
			}
		})
	}
	all.Wait()
	if passed.Load() != 1 || refused.Load() != 15 {
		t.Errorf("%d signed in, %d were refused", passed.Load(), refused.Load())
	}
}

// A proof is of the password that began it, too: a new one ends what is under way.
func TestANewPasswordEndsTheProofOfADevice(t *testing.T) {
	w := newWorld(t, storetest.SQLite(t), remembering)
	u := w.add("ann", good, nil)
	key, group := w.confirmed(u)
	proof := w.deviceProof("ann", key, group)
	w.change(u.Sub, func(u *model.User) { u.Credential = append(u.Credential, 0) })
	out, err := w.Answer(context.Background(), proof)
	w.expect(out, err, "NotAuthorizedException: Invalid session for the user.")
}

// Whatever a stranger answers in the name of a device, there are no tokens: not
// with a session that somebody else is in, and not without any.
func FuzzDevice(f *testing.F) {
	w := newWorld(f, storetest.SQLite(f), remembering)
	key, group := w.confirmed(w.add("ann", good, nil))
	honest := w.deviceProof("ann", key, group)
	block, signature := honest.Responses["PASSWORD_CLAIM_SECRET_BLOCK"], honest.Responses["PASSWORD_CLAIM_SIGNATURE"]
	f.Add("DEVICE_SRP_AUTH", "", "ann", key, "SRP_A", "1f")
	f.Add("DEVICE_SRP_AUTH", block, "ann", key, "SRP_A", "1f")
	f.Add("DEVICE_PASSWORD_VERIFIER", block, "ann", key, "PASSWORD_CLAIM_SIGNATURE", "AAAA")
	f.Add("DEVICE_PASSWORD_VERIFIER", block, "ann", "us-east-1_0000", "PASSWORD_CLAIM_SIGNATURE", signature)
	f.Add("DEVICE_PASSWORD_VERIFIER", flip(block), "ann", key, "PASSWORD_CLAIM_SIGNATURE", signature)
	f.Fuzz(func(t *testing.T, challenge, session, username, deviceKey, name, value string) {
		if deviceKey == key && session == block && value == signature || challenge == "DEVICE_SRP_AUTH" && name == "SRP_A" && session == "" {
			t.Skip() // the honest answer, or a challenge, which proves nothing
		}
		out, err := w.Answer(context.Background(), signin.Answer{ClientID: web, Challenge: challenge, Session: session, Responses: map[string]string{
			"USERNAME": username, "DEVICE_KEY": deviceKey, "PASSWORD_CLAIM_SECRET_BLOCK": session, "TIMESTAMP": honest.Responses["TIMESTAMP"], name: value,
		}})
		wantRefusal(t, out, err)
	})
}
