import java.io.BufferedReader;
import java.io.InputStreamReader;
import software.amazon.awssdk.http.urlconnection.UrlConnectionHttpClient;
import software.amazon.awssdk.services.sts.StsClient;

/** Asks who it is for each line that it reads, as a program that runs for long. */
public final class Client {
    public static void main(String[] arguments) throws Exception {
        StsClient client = StsClient.builder().httpClient(UrlConnectionHttpClient.create()).build();
        BufferedReader lines = new BufferedReader(new InputStreamReader(System.in));
        boolean failed = false;
        while (lines.readLine() != null) {
            try {
                System.out.println(client.getCallerIdentity().arn());
                failed = false;
            } catch (RuntimeException error) {
                System.err.println(error.getMessage());
                System.out.println("refused");
                failed = true;
            }
        }
        System.exit(failed ? 1 : 0);
    }
}
