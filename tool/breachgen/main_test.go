package main

import (
	"slices"
	"strings"
	"testing"
)

func TestTheListOfPackageBreachIsInStep(t *testing.T) {
	if err := run("../../breach", true); err != nil {
		t.Error(err)
	}
}

func TestTheFilesAreTheSameEachTime(t *testing.T) {
	first, err := files()
	if err != nil {
		t.Fatal(err)
	}
	second, err := files()
	if err != nil {
		t.Fatal(err)
	}
	for name := range first {
		if string(first[name]) != string(second[name]) {
			t.Errorf("%s differs between two runs", name)
		}
	}
}

func TestComposedPasswordsMeetCommonPolicies(t *testing.T) {
	composed := compose()
	for _, p := range composed {
		if !passesPolicy(p) {
			t.Errorf("%s would be refused by the policy already", p)
		}
		if strings.ContainsAny(p, " \t\r\n") {
			t.Errorf("%q holds white space", p)
		}
	}
	for _, p := range []string{"Password123!", "P@ssw0rd", "Passw0rd!", "Qwerty123!", "Welcome1!", "Summer2024!", "Admin@123"} {
		if !slices.Contains(composed, p) {
			t.Errorf("%s, which everybody tries, is missing", p)
		}
	}
}
