package main

import (
	"bytes"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestTheCommittedPackageIsWhatTheSourcesGive(t *testing.T) {
	var log bytes.Buffer
	if err := run(true, &log); err != nil {
		t.Error(err)
	}
	t.Log(log.String())
}

func TestGenerateIsDeterministic(t *testing.T) {
	src, err := locate()
	if err != nil {
		t.Fatal(err)
	}
	var first map[string][]byte
	for range 2 {
		m, err := load(src, io.Discard)
		if err != nil {
			t.Fatal(err)
		}
		files, err := generate(m, src)
		if err != nil {
			t.Fatal(err)
		}
		for name := range first {
			if !bytes.Equal(first[name], files[name]) {
				t.Errorf("%s differs from run to run", name)
			}
		}
		first = files
	}
}

func TestCompareNamesWhatDiffers(t *testing.T) {
	dir := t.TempDir()
	files := map[string][]byte{"a_gen.go": []byte("a"), "b_gen.go": []byte("b")}
	if err := os.WriteFile(filepath.Join(dir, "old_gen.go"), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	err := compare(dir, files)
	for _, name := range []string{"a_gen.go", "b_gen.go", "old_gen.go"} {
		if err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%s is not named: %v", name, err)
		}
	}
	if err := write(dir, files); err != nil {
		t.Fatal(err)
	}
	if err := compare(dir, files); err != nil {
		t.Errorf("after writing: %v", err)
	}
}

func TestCamel(t *testing.T) {
	for value, want := range map[string]string{
		"SMS_MFA": "SmsMfa", "USER_SRP_AUTH": "UserSrpAuth", "SignIn": "SignIn", "userNotification": "UserNotification",
		"phone_number": "PhoneNumber", "V1_0": "V10", "ON": "On", "COGNITO_DEFAULT": "CognitoDefault", "a-b": "AB",
	} {
		if got := camel(value); got != want {
			t.Errorf("%s: got %s, want %s", value, got, want)
		}
	}
}

// small is a pair of sources with one operation, for the refusals of merge.
func small(t *testing.T) (*model, *sdk) {
	t.Helper()
	m, err := readC2J([]byte(`{
		"operations": {"Knock": {"input": {"shape": "KnockRequest"}, "output": {"shape": "KnockResponse"}, "authtype": "none",
			"errors": [{"shape": "NobodyHomeException"}]}},
		"shapes": {
			"KnockRequest": {"type": "structure", "members": {"Zeal": {"shape": "LevelType"}, "Door": {"shape": "DoorType"}}, "required": ["Zeal"]},
			"KnockResponse": {"type": "structure", "members": {}},
			"DoorType": {"type": "string", "min": 1, "max": 9},
			"LevelType": {"type": "string", "enum": ["LOW", "LOUD"]},
			"StringType": {"type": "string"}
		}}`))
	if err != nil {
		t.Fatal(err)
	}
	return m, &sdk{
		ops: map[string]sdkOperation{"Knock": {
			unsigned: true,
			input:    []field{{"Door", "string", true}, {"Zeal", "LevelType", false}, {"Back", "bool", false}},
			output:   []field{{"Door", "string", false}, {"Names", "[]string", false}},
			errors:   []string{"BusyException", "NobodyHomeException"},
		}},
		structs: map[string][]field{},
		enums:   map[string][]string{"LevelType": {"SOFT", "LOUD"}},
	}
}

func TestMergeBringsTheOlderModelUpToTheNewerSource(t *testing.T) {
	m, s := small(t)
	m.Shapes["BooleanType"] = &shape{Name: "BooleanType", Type: booleanKind}
	if err := merge(m, s, &overlay{Shapes: map[string]json.RawMessage{"DoorType": json.RawMessage(`{"max": 12}`)}}); err != nil {
		t.Fatal(err)
	}
	request := m.Shapes["KnockRequest"].Members
	if door, zeal := request.named("Door"), request.named("Zeal"); !door.Required || zeal.Required {
		t.Error("required is what the newer source says")
	}
	if request[0].Name != "Zeal" || request[2].Name != "Back" {
		t.Error("members keep the older order, new ones follow")
	}
	if door := m.Shapes["DoorType"]; *door.Min != 1 || *door.Max != 12 {
		t.Error("the overlay overrides only what it names")
	}
	if got := m.Shapes["KnockResponse"].Members.named("Door").Shape; got != "DoorType" {
		t.Errorf("a new member has the shape %s, want the one its name always has", got)
	}
	if got := strings.Join(m.Shapes["LevelType"].Enum, " "); got != "SOFT LOUD LOW" {
		t.Errorf("got the enum %s", got)
	}
	if got := strings.Join(m.Operations["Knock"].Errors, " "); got != "NobodyHomeException BusyException" {
		t.Errorf("got the errors %s", got)
	}
}

func TestMergeRefusesWhatDoesNotFit(t *testing.T) {
	for _, c := range []struct {
		name string
		harm func(*model, *sdk, *overlay)
		want string
	}{
		{"an overlay entry of no use", func(_ *model, _ *sdk, o *overlay) { o.Members = map[string]string{"KnockRequest.Bell": "StringType"} }, "is in neither source"},
		{"an overlay shape of the wrong type", func(_ *model, _ *sdk, o *overlay) { o.Members = map[string]string{"KnockRequest.Back": "DoorType"} }, "the newer source has bool"},
		{"an overlay shape that nobody knows", func(_ *model, _ *sdk, o *overlay) { o.Members = map[string]string{"KnockRequest.Back": "Porch"} }, `unknown shape "Porch"`},
		{"a type that changed", func(_ *model, s *sdk, _ *overlay) { s.ops["Knock"].input[0].goType = "int32" }, "shape DoorType is string, but the newer source has int32"},
		{"authentication that changed", func(m *model, _ *sdk, _ *overlay) { m.Operations["Knock"].Unsigned = false }, "the sources disagree"},
		{"a broken overlay", func(_ *model, _ *sdk, o *overlay) {
			o.Shapes = map[string]json.RawMessage{"DoorType": json.RawMessage(`{"max": "x"}`)}
		}, "overlay shape DoorType"},
	} {
		t.Run(c.name, func(t *testing.T) {
			m, s := small(t)
			m.Shapes["BooleanType"] = &shape{Name: "BooleanType", Type: booleanKind}
			var o overlay
			c.harm(m, s, &o)
			if err := merge(m, s, &o); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want %q", err, c.want)
			}
		})
	}
}
