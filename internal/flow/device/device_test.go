package device_test

import (
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/gatehouse-id/gatehouse/internal/base/fault"
	"github.com/gatehouse-id/gatehouse/internal/base/model"
	"github.com/gatehouse-id/gatehouse/internal/base/seal/sealtest"
	"github.com/gatehouse-id/gatehouse/internal/base/shape"
	"github.com/gatehouse-id/gatehouse/internal/base/store"
	"github.com/gatehouse-id/gatehouse/internal/base/store/storetest"
	"github.com/gatehouse-id/gatehouse/internal/flow/device"
	"github.com/gatehouse-id/gatehouse/internal/flow/threat"
	"github.com/gatehouse-id/gatehouse/internal/part/srp"
)

// stage is the flow on a real store, with a pool that remembers every device.
type stage struct {
	*storetest.Stage
	*device.Keeper
	owner device.Owner
}

func newStage(t testing.TB) *stage {
	t.Helper()
	s := &stage{Stage: storetest.NewStage(t, time.Date(2026, 11, 3, 9, 0, 0, 0, time.UTC))}
	ring := sealtest.Ring(t)
	s.Keeper = device.New(device.Config{
		Store: s.Store, Ring: ring, Threat: threat.New(threat.Config{Store: s.Store, Ring: ring, Now: s.Clock}), Now: s.Clock,
	})
	s.owner.Pool = &model.Pool{ID: "us-east-1_Stage0001", MFA: &shape.SetUserPoolMfaConfigResponse{}, Doc: &shape.UserPoolType{
		DeviceConfiguration: &shape.DeviceConfigurationType{ChallengeRequiredOnNewDevice: new(true)},
	}}
	s.owner.User = &model.User{PoolID: s.owner.Pool.ID, Sub: "sub", Username: "ann", Status: model.Confirmed, Enabled: true}
	s.Update(func(tx *store.Tx) error {
		return errors.Join(tx.CreatePool(s.owner.Pool, s.Clock()), tx.CreateUser(s.owner.Pool, s.owner.User, nil))
	})
	return s
}

// offered is the confirmation of a device that a sign-in was just offered.
func (s *stage) offered(t testing.TB) device.Confirmation {
	t.Helper()
	key, err := s.Offer(s.owner.Pool)
	if err != nil {
		t.Fatal(err)
	}
	f := &model.Family{ID: "of " + key, PoolID: s.owner.Pool.ID, Sub: "sub", AuthTime: s.Clock(), ExpiresAt: s.Clock().Add(time.Hour), Device: key}
	if err := s.Store.Update(t.Context(), func(tx *store.Tx) error { return tx.CreateFamily(f) }); err != nil {
		t.Fatal(err)
	}
	return device.Confirmation{Owner: s.owner, FamilyID: f.ID, Key: key}
}

func TestOffers(t *testing.T) {
	s := newStage(t)
	seen := map[string]bool{}
	for range 100 {
		key, err := s.Offer(s.owner.Pool)
		if err != nil {
			t.Fatal(err)
		}
		group := s.Group(s.owner.Pool, key)
		if !strings.HasPrefix(key, "us-east-1_") || len(key) > device.MaxKey || seen[key] || seen[group] || group[0] != '-' {
			t.Errorf("offered %q in the group %q", key, group)
		}
		if group != s.Group(s.owner.Pool, key) {
			t.Error("the group does not follow from the key")
		}
		seen[key], seen[group] = true, true
	}
}

func TestSecretsAreSealedForOneDevice(t *testing.T) {
	s := newStage(t)
	c := s.offered(t)
	salt := []byte{0x40, 1, 2}
	verifier := srp.Compute(salt, s.Group(s.owner.Pool, c.Key), c.Key, "secret")
	c.Salt, c.Verifier = new(base64.StdEncoding.EncodeToString(salt)), new(base64.StdEncoding.EncodeToString(verifier))
	if _, err := s.Confirm(t.Context(), c); err != nil {
		t.Fatal(err)
	}
	d, err := s.Get(t.Context(), s.owner, c.Key)
	if err != nil {
		t.Fatal(err)
	}
	gotSalt, gotVerifier, err := s.Secret(d)
	if err != nil || string(gotSalt) != string(salt) || !gotVerifier.Equal(verifier) {
		t.Errorf("got the salt %x, error %v", gotSalt, err)
	}
	if strings.Contains(string(d.Secret), string(verifier)) || strings.Contains(fmt.Sprintf("%v %+v", model.DeviceSecret{Verifier: verifier}, model.DeviceSecret{Salt: salt}), "64") {
		t.Error("the secret can be read")
	}
	stolen := *d
	stolen.Key = "us-east-1_0000"
	if _, _, err := s.Secret(&stolen); err == nil {
		t.Error("the secret of one device opens as that of another")
	}
}

// One more device than are kept displaces the one that was not used for longest.
func TestDevicesOfAUserAreBounded(t *testing.T) {
	s := newStage(t)
	const most = 1000
	s.Update(func(tx *store.Tx) error {
		for i := range most {
			d := &model.Device{
				PoolID: s.owner.Pool.ID, Sub: "sub", Key: fmt.Sprintf("us-east-1_%04x", i),
				AuthenticatedAt: s.Clock().Add(-time.Duration(1+(i+500)%most) * time.Minute),
			}
			if err := tx.CreateDevice(d); err != nil {
				return err
			}
		}
		return nil
	})
	c := s.offered(t)
	if _, err := s.Confirm(t.Context(), c); err != nil {
		t.Fatal(err)
	}
	list, err := s.List(t.Context(), s.owner, "", 2*most)
	if err != nil || len(list) != most {
		t.Errorf("%d devices are kept, want %d (%v)", len(list), most, err)
	}
	if _, err := s.Get(t.Context(), s.owner, "us-east-1_01f3"); !errors.Is(err, device.Missing) { // 499: a thousand minutes
		t.Errorf("the oldest: %v", err)
	}
	if _, err := s.Get(t.Context(), s.owner, c.Key); err != nil {
		t.Errorf("the newest: %v", err)
	}
}

// Whatever a client sends as its device's secret is kept as it is meant, or refused
// in words that do not repeat it.
func FuzzConfirm(f *testing.F) {
	s := newStage(f)
	f.Add("", "")
	f.Add("AQ==", "QAAB")
	f.Add("AAAA", "QAAB")
	f.Add("AQ==", "not base64")
	f.Add(strings.Repeat("/", 512), "QA==")
	f.Add(strings.Repeat("A", 2000), strings.Repeat("A", 200))
	f.Fuzz(func(t *testing.T, verifier, salt string) {
		c := s.offered(t)
		c.Verifier, c.Salt = &verifier, &salt
		_, err := s.Confirm(t.Context(), c)
		if err != nil {
			told, ok := fault.As(err)
			if !ok || told.Code != fault.InvalidParameter || len(verifier) > 8 && strings.Contains(err.Error(), verifier) {
				t.Errorf("got %v", err)
			}
			return
		}
		d, err := s.Get(t.Context(), s.owner, c.Key)
		if err != nil {
			t.Fatal(err)
		}
		kept, v, err := s.Secret(d)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := srp.NewChallenge(strings.NewReader(strings.Repeat("x", 64)), v); err != nil {
			t.Errorf("the verifier kept cannot be used: %v", err)
		}
		if meant, err := base64.StdEncoding.DecodeString(salt); err != nil || string(meant) != string(kept) {
			t.Errorf("the salt %q is kept as %x", salt, kept)
		}
	})
}
