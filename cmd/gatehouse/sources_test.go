package main

import (
	"maps"
	"slices"
	"strings"
	"testing"
)

func TestVariables(t *testing.T) {
	names := func(environment ...string) string {
		return strings.Join(slices.Sorted(maps.Keys(newSources(environment).variables)), " ")
	}
	t.Run("a variable has its setting's name", func(t *testing.T) {
		s := newSources([]string{"GATEHOUSE_BASE_URL=https://a?b=c", "PATH=/bin", "XGATEHOUSE_A=b", "=C:=C:"})
		if got := s.variables["base-url"]; got != "https://a?b=c" || len(s.variables) != 1 {
			t.Errorf("got %q", s.variables)
		}
	})
	t.Run("the master key is no setting", func(t *testing.T) {
		s := newSources([]string{"GATEHOUSE_MASTER_KEY=abc"})
		if s.masterKey != "abc" || len(s.variables) != 0 {
			t.Errorf("got %d variables", len(s.variables))
		}
	})
	t.Run("what is empty, for tests, or a service link of Kubernetes is left alone", func(t *testing.T) {
		got := names("GATEHOUSE_SMTP=", "GATEHOUSE_TEST_POSTGRES=required",
			"GATEHOUSE_SERVICE_HOST=10.0.0.7", "GATEHOUSE_SERVICE_HOST=fd00::7", "GATEHOUSE_SERVICE_PORT=9470",
			"GATEHOUSE_SERVICE_PORT_HTTP=9470", "GATEHOUSE_PORT=tcp://10.0.0.7:9470", "GATEHOUSE_PORT_9470_TCP=tcp://10.0.0.7:9470",
			"GATEHOUSE_PORT_9470_TCP_PROTO=tcp", "GATEHOUSE_PORT_9470_TCP_PORT=9470", "GATEHOUSE_PORT_9470_TCP_ADDR=10.0.0.7")
		if got != "" {
			t.Errorf("got %q", got)
		}
	})
	t.Run("what only looks like one is not", func(t *testing.T) {
		if got := names("GATEHOUSE_SERVICE=x", "GATEHOUSE_SERVICE_HOST=example.com", "GATEHOUSE_TESTS=1", "GATEHOUSE_PORT=9470"); got != "port service service-host tests" {
			t.Errorf("got %q", got)
		}
	})
}
