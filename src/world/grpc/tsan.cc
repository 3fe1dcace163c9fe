// Part of every program that has gRPC in it and is built with ThreadSanitizer: Debian's gRPC, and what it
// leans on, are not, so that the sanitizer sees neither their atomics nor their locks. What those libraries
// do themselves is not looked at. Left are accesses in our programs that the libraries have put in order
// unseen:
//
//   the templates of gRPC's headers, which we compile: an operation is begun by one thread and finished by
//   another; slice_of(): who drops the last reference to a slice, by gRPC's count, deletes what it was made
//   of.
//
// Of ours nothing else is meant. Handlers and callbacks are looked at though they run below gRPC: a template
// is left out only where it stands at the top of a stack, or (CallOp) where it calls nothing of ours.

// NOLINTBEGIN(bugprone-reserved-identifier): the runtime's names
extern "C" const char* __tsan_default_options();
extern "C" const char* __tsan_default_suppressions();

extern "C" const char* __tsan_default_options() { return "ignore_noninstrumented_modules=1"; }

extern "C" const char* __tsan_default_suppressions() {
  return "race:grpc::internal::CallOp\n"
         "race_top:/include/grpcpp/\n"
         "race:ServerCallbackReaderWriterImpl::ServerCallbackReaderWriterImpl\n"
         "race:^Set$\n"  // CallbackWithSuccessTag's, where it is inlined
         "race:ServerBidiReactor<*>::InternalBindStream\n"
         "race:wyldgate::world::Stream::Stream\n"
         "race:grpc_world::(anonymous namespace)::slice_of\n"
         "thread:libgpr.so\n";
}
// NOLINTEND(bugprone-reserved-identifier)
