//: claim = "No annotation processor runs inside the compiler, though it is a class of the submission's."
//: status = "OK"
//: stdout = "not processed\n"
import java.util.Set;
import javax.annotation.processing.*;
import javax.lang.model.SourceVersion;
import javax.lang.model.element.TypeElement;

@SupportedAnnotationTypes("*")
public class Main extends AbstractProcessor {
    @Override public boolean process(Set<? extends TypeElement> all, RoundEnvironment round) {
        throw new IllegalStateException("BREACH: inside the compiler");
    }
    public static void main(String[] arguments) { System.out.println("not processed"); }
}
